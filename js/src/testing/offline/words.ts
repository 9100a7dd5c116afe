/** The sentences of a text, each with the mark that ends it. */
export function sentences(text: string): string[] {
  return text.match(/[^.!?\n]+(?:\.(?=\S)[^.!?\n]*)*[.!?]*/g)?.map((sentence) => sentence.trim()) ?? [];
}

/** Turns what a user says about themselves into what is said to them: "my dog bites me" to "your dog bites you". */
export function toSecondPerson(text: string): string {
  const swap: [RegExp, string][] = [
    [/\bI(?:['’]m| am)\b/g, 'you are'],
    [/\bI['’]ve\b/g, 'you have'],
    [/\bI was\b/g, 'you were'],
    [/\b(?:I|me)\b/g, 'you'],
    [/\bmyself\b/gi, 'yourself'],
    [/\bmy\b/gi, 'your'],
    [/\bmine\b/gi, 'yours'],
  ];
  return swap.reduce((said, [from, to]) => said.replace(from, to), text);
}

/** One spelling for things that people name in several ways. */
export function canonical(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/\bfavorite\b/g, 'favourite')
    .replace(/\bcolor\b/g, 'colour')
    .replace(/^(?:the|a|an)\s+/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "a", "a and b", "a, b and c". */
export function enumerate(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The words of an identifier or a text, in lower case: `getWeather_v2` gives get, weather, v2. */
export function wordsOf(text: string): string[] {
  return (
    text
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}
