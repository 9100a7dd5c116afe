import { type Fields, fieldsOf, isFields, listOf, snakeCased, snakeNames, without } from './fields.ts';

/** What a provider said of an item or part beside what the SDK knows, under the names of the wire. */
export function provided(value: Fields): Fields {
  return fieldsOf(snakeCased(value.providerData));
}

/** A part or an item under the names of the wire; its own members come before those of its provider. */
export function renamed(value: Fields): Fields {
  return { ...provided(value), ...snakeNames(without(value, 'providerData')) };
}

/** The content of a message that goes to the model. */
export function requestParts(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.map((part) => {
    const wire = requestPart(fieldsOf(part));
    return wire.type === 'input_image' ? { detail: 'auto', ...wire } : wire;
  });
}

function requestPart(part: Fields): Fields {
  const wire = renamed(part);
  if (part.type === 'input_image') return { ...without(wire, 'image'), ...imageSource(part.image) };
  if (part.type === 'input_file') return { ...without(wire, 'file'), ...fileSource(part.file) };
  if (part.type === 'audio') {
    const { audio, format, transcript: _, ...rest } = wire;
    const data = typeof audio === 'string' ? { data: audio, format: format ?? 'wav' } : audio;
    return { ...rest, type: 'input_audio', input_audio: data };
  }
  return wire;
}

function imageSource(image: unknown): Fields {
  if (typeof image === 'string') return { image_url: image };
  return isFields(image) ? { file_id: image.id } : {};
}

function fileSource(file: unknown): Fields {
  if (typeof file === 'string') return /^https?:/.test(file) ? { file_url: file } : { file_data: file };
  if (!isFields(file)) return {};
  return file.id === undefined ? { file_url: file.url } : { file_id: file.id };
}

/** The content of a model's message. Sounds and pictures, which the wire has not, leave their words. */
export function answerParts(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.flatMap((one) => {
    const part = fieldsOf(one);
    const spoken = part.type === 'audio' ? part.transcript : undefined;
    if (typeof spoken === 'string') return [answerPart({ type: 'output_text', text: spoken })];
    return part.type === 'audio' || part.type === 'image' ? [] : [answerPart(part)];
  });
}

function answerPart(part: Fields): Fields {
  return part.type === 'output_text' ? { annotations: [], logprobs: [], ...renamed(part) } : renamed(part);
}

/** The output of a function call: a text, or a list of parts. */
export function callOutput(output: unknown): unknown {
  if (Array.isArray(output)) return output.map((part) => requestPart(fieldsOf(part)));
  const { type, text, image, file, detail } = fieldsOf(output);
  if (type === 'text') return text;
  if (type === 'image') return [{ type: 'input_image', ...toolImage(image), ...(detail ? { detail } : {}) }];
  if (type === 'file') return [{ type: 'input_file', ...toolFile(file) }];
  return typeof output === 'string' ? output : JSON.stringify(output);
}

function toolImage(image: unknown): Fields {
  const { url, data, mediaType, fileId, id } = fieldsOf(image);
  if (typeof url === 'string') return { image_url: url };
  if (typeof data === 'string') return { image_url: inline(data, mediaType) };
  return imageSource(fileId === undefined && id === undefined ? image : { id: fileId ?? id });
}

function toolFile(file: unknown): Fields {
  const { data, mediaType, filename } = fieldsOf(file);
  const source = typeof data === 'string' ? { file_data: inline(data, mediaType) } : fileSource(file);
  return { ...source, ...(filename ? { filename } : {}) };
}

function inline(data: string, mediaType: unknown): string {
  return typeof mediaType === 'string' && !data.startsWith('data:') ? `data:${mediaType};base64,${data}` : data;
}

/** The parts of a reasoning item: the SDK calls its summary content. */
export function summaryParts(content: unknown): Fields[] {
  return listOf(content).map((part) => ({ ...renamed(fieldsOf(part)), type: 'summary_text' }));
}
