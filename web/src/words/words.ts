// Words for people in place of the names in the API.

// "contract_violation" → "contract violation"
export const plain = (code: string): string => code.replace(/[_-]+/g, " ");

// "3 leads", "1 lead"
export const counted = (count: number, one: string, many: string = one + "s"): string =>
    `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

// "a, b and c"
export const listed = (words: string[]): string =>
    words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
