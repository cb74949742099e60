import { start } from '../shell/start.tsx';
import { ConsentPage } from './consent-page.tsx';
import { readParameters } from './parameters.ts';

start(<ConsentPage parameters={readParameters(new URLSearchParams(window.location.search))} />);
