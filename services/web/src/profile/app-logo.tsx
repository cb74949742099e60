import { useState } from 'react';
import { Monogram } from '../ui/monogram.tsx';

interface AppLogoProps {
  readonly name: string;
  readonly clientId: string;
  /** A path on this origin. Empty or undefined: there is no logo to show. */
  readonly path: string | undefined;
  readonly size?: 'small' | 'large';
}

/** The logo of an app, or its initial. Decorative: the name or client id of the app is always next to it. */
export function AppLogo({ name, clientId, path, size = 'small' }: AppLogoProps) {
  // The logo may have been replaced since the page was loaded, and the old one is gone.
  const [failedPath, setFailedPath] = useState('');
  if (!path || path === failedPath) return <Monogram name={name} seed={clientId} size={size} />;
  return <img className={`app-logo app-logo-${size}`} src={path} alt="" onError={() => setFailedPath(path)} />;
}
