import js from '@eslint/js'
import lit from 'eslint-plugin-lit'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist', 'node_modules', 'e2e/artifacts', '*.config.ts'] },
  { ...js.configs.recommended, files: ['**/*.{js,mjs}'] },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Code points are what the standards count in.
      '@typescript-eslint/no-misused-spread': ['error', { allow: [{ from: 'lib', name: 'string' }] }],
      // Empty texts are as good as none here.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
    },
  },
  lit.configs['flat/recommended'],
  {
    rules: {
      // Nothing that was received may become markup.
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Set textContent, or render a template.' },
        { property: 'outerHTML', message: 'Set textContent, or render a template.' },
        { property: 'insertAdjacentHTML', message: 'Set textContent, or render a template.' },
      ],
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'lit/directives/unsafe-html.js', message: 'Nothing received may become markup.' }] },
      ],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly' } },
  },
)
