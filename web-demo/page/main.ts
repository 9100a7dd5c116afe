import { serverSpeaker } from './speaker.ts';
import { start } from './start.ts';

void start(serverSpeaker);
