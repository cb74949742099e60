/** The pages of the guide by their names in docs/guide, in reading order. `api` is generated. */
export const NAVIGATION = [
  {
    title: 'Get started',
    pages: [
      'index',
      'quick-start',
      'quick-start-node',
      'quick-start-python',
      'quick-start-go',
      'quick-start-php',
      'quick-start-ruby',
    ],
  },
  {
    title: 'Guide',
    pages: [
      'authorization',
      'scopes',
      'access-tokens',
      'refresh',
      'webhooks',
      'cli',
      'public-profile',
      'mcp',
      'going-live',
    ],
  },
  { title: 'Reference', pages: ['api', 'errors', 'limits', 'recipes'] },
] as const;

export const PAGE_NAMES: readonly string[] = NAVIGATION.flatMap(({ pages }) => pages);

/** The path of a page on the server. */
export const pathOf = (name: string): string => (name === 'index' ? '/docs' : `/docs/${name}`);
