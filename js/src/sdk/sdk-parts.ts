import { type Fields, fieldsOf, listOf, present, without } from './fields.ts';

/** `providerData` only where there is something to say. */
export function beside(rest: Fields): Fields {
  return Object.keys(rest).length === 0 ? {} : { providerData: rest };
}

export function idOf(item: Fields): unknown {
  return item.id ?? undefined;
}

export function message(item: Fields): Fields {
  const { id: _, type, role, content, status, phase, ...rest } = item;
  const head = { id: idOf(item), type: type ?? undefined };
  if (role === 'assistant') {
    const said = phase === 'commentary' || phase === 'final_answer' ? { phase } : {};
    const parts = typeof content === 'string' ? [{ type: 'output_text', text: content }] : content;
    const answer = Array.isArray(parts) ? parts.map((part) => answerPart(fieldsOf(part))) : parts;
    const providerData = { ...rest, ...said };
    return { ...head, role, content: answer, status: status ?? 'completed', ...said, providerData };
  }
  const more = beside(present({ ...rest, status, phase }));
  if (role === 'system' || role === 'developer') {
    // The SDK has neither developers nor parts of their words.
    const texts = listOf(content).map((part) => fieldsOf(part).text);
    const text = texts.every((one) => typeof one === 'string') ? texts.join('\n') : undefined;
    return { ...head, role: 'system', content: Array.isArray(content) ? text : content, ...more };
  }
  const parts = Array.isArray(content) ? content.map((part) => requestPart(fieldsOf(part))) : content;
  return { ...head, role, content: parts, ...more };
}

function answerPart(part: Fields): Fields {
  const { type, text, refusal, ...rest } = part;
  return present({ type, text, refusal, ...beside(rest) });
}

function requestPart(part: Fields): Fields {
  const { type, prompt_cache_breakpoint: promptCacheBreakpoint, ...rest } = part;
  const head = { type, promptCacheBreakpoint };
  if (type === 'input_text') {
    const { text, ...more } = rest;
    return present({ ...head, text, ...beside(more) });
  }
  if (type === 'input_image') {
    const { image_url, file_id, detail, ...more } = rest;
    const shown = detail === 'auto' ? undefined : detail;
    return present({ ...head, image: imageSource(image_url, file_id), detail: shown ?? undefined, ...beside(more) });
  }
  if (type === 'input_file') return present({ ...head, ...fileSource(rest) });
  if (type === 'input_audio') {
    const { data, format } = fieldsOf(rest.input_audio);
    return present({ ...head, type: 'audio', audio: data, format, ...beside(without(rest, 'input_audio')) });
  }
  return { type: 'none' };
}

function imageSource(url: unknown, fileId: unknown): unknown {
  if (typeof fileId === 'string' && typeof url !== 'string') return { id: fileId };
  return url ?? undefined;
}

function fileSource(part: Fields): Fields {
  const { file_id: id, file_url: url, file_data: data, filename, ...more } = part;
  const file = typeof id === 'string' ? { id } : typeof url === 'string' ? { url } : (data ?? undefined);
  return { file, filename: filename ?? undefined, ...beside(more) };
}

/** As `requestPart`; here a detail of 'auto' is something that was said. */
export function outputPart(part: Fields): Fields {
  const read = requestPart(part);
  return part.type === 'input_image' && part.detail === 'auto' ? { ...read, detail: 'auto' } : read;
}
