import { render } from 'preact';
import { App } from './app';
import { readData } from './data';

const place = document.getElementById('page');
if (place) {
    place.textContent = '';
    render(<App data={readData()} />, place);
}
