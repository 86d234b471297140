/** What is said where a picture could not be saved. */
import { messageOf } from '../worker-clients';

export const unsaved = (error: unknown): string => `The picture was not saved: ${messageOf(error)}`;
