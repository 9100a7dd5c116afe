import { kindOf } from './check.ts';
import { UserError } from './errors.ts';

const PARTS = ['input_text', 'input_image', 'input_file'];

/** Whether a tool answered with the wire's parts of text, image and file, which the model reads as what they are. */
export function isWireParts(output: unknown): boolean {
  return Array.isArray(output) && output.length > 0 && output.every((part) => PARTS.includes(part?.type));
}

/** What the model reads as the output of a call. */
export function outputText(output: unknown): string {
  if (typeof output === 'string') return output.toWellFormed();
  if (output === undefined) return '';
  let text: string | undefined;
  try {
    text = JSON.stringify(output);
  } catch {
    text = undefined;
  }
  if (text === undefined) {
    throw new UserError('callback_failed', `The tool returned ${kindOf(output)}, which cannot be written as JSON.`);
  }
  return text;
}
