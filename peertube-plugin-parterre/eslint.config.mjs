import js from '@eslint/js'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist', 'node_modules', 'tests/.built', 'e2e/artifacts', 'e2e-real/artifacts', 'e2e-real/playwright.config.ts', '*.config.ts', '*.config.mts'] },
  { ...js.configs.recommended, files: ['**/*.{js,mjs}'] },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Empty texts are as good as none here.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true, ignoreVoidOperator: true }],
      // Fixtures of tests take nothing.
      'no-empty-pattern': 'off',
    },
  },
  {
    rules: {
      // Nothing that was received may become markup.
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Set textContent.' },
        { property: 'outerHTML', message: 'Set textContent.' },
        { property: 'insertAdjacentHTML', message: 'Set textContent.' },
      ],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', setTimeout: 'readonly', URL: 'readonly' } },
  },
)
