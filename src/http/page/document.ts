import { type Html, html } from '../reply/html.js'
import type { PageFiles } from './files.js'

/**
 * The document of the page. Its script replaces what the server has written for browsers without scripts. All links are
 * relative, so that they work below any prefix.
 *
 * @param content with a heading
 */
export function documentOf ({ script, style }: PageFiles, title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="page/${style}">
<script type="module" src="page/${script}"></script>
</head>
<body>
<div id="page">
<header class="header">
<a class="brand" href="./">Longhand</a>
<nav aria-label="Longhand"><a href="./">Expressions</a> <a href="docs">API</a></nav>
</header>
<main id="content" class="plain">
${content}
</main>
</div>
</body>
</html>
`.text
}
