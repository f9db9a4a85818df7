import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['dist/', 'bench/dist/', '.tap/', 'data/'] }),
  {
    rules: {
      // A schema and the type made of it share a name; real redeclarations are the compiler's to find.
      '@typescript-eslint/no-redeclare': 'off',
      '@stylistic/max-len': ['error', { code: 120, ignoreUrls: true, ignoreRegExpLiterals: true }]
    }
  }
]
