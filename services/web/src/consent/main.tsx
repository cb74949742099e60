import { renderPage } from '../shell/render-page.tsx';
import { ConsentPage } from './consent-page.tsx';
import { readParameters } from './parameters.ts';

const query = new URLSearchParams(window.location.search);

renderPage(<ConsentPage parameters={readParameters(query)} prefersSandbox={query.has('sandbox')} />);
