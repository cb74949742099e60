import { succeeds } from './programs.ts';

/** Whether Python has the modules that the snippets import. */
export const hasPythonModules = () =>
  succeeds(['/usr/bin/python3', '-c', 'import authlib, flask, requests, requests_oauthlib']);

/** The quick starts that contain a whole program. */
export const LANGUAGES = [
  { page: 'quick-start-node', file: 'app.mjs', isInstalled: () => true },
  { page: 'quick-start-python', file: 'app.py', isInstalled: hasPythonModules },
  {
    page: 'quick-start-go',
    file: 'main.go',
    isInstalled: () =>
      succeeds(['/usr/bin/go', 'version']) && succeeds(['ls', '/usr/share/gocode/src/golang.org/x/oauth2']),
  },
  {
    page: 'quick-start-php',
    file: 'app.php',
    isInstalled: () => succeeds(['/usr/bin/php', '-r', 'exit(function_exists("curl_init") ? 0 : 1);']),
  },
  {
    page: 'quick-start-ruby',
    file: 'app.rb',
    isInstalled: () => succeeds(['/usr/bin/ruby', '-e', 'require "oauth2"; require "webrick"']),
  },
];
