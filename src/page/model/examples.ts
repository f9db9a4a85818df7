/** Expressions to click on, by the name of their title. */
export const EXAMPLES = [
  { name: 'first', text: '(1+2)*(3+4)-5/2' },
  { name: 'chain', text: '1+2+3+4+5+6+7+8' },
  { name: 'wide', text: '(1+2)*(3+4)+(5+6)*(7+8)-(9+10)*(11+12)' },
  { name: 'variables', text: 'a*x^2+b*x+c' },
  { name: 'function', text: 'sqrt(3^2+4^2)' },
  { name: 'fails', text: '(1+2)/(3-3)' }
] as const

export type ExampleName = typeof EXAMPLES[number]['name']
