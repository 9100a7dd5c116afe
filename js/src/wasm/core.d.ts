// TypeScript bindings for emscripten-generated code.  Automatically generated at compile time.
interface WasmModule {
}

type EmbindString = ArrayBuffer|Uint8Array|Uint8ClampedArray|Int8Array|string;
interface EmbindModule {
  call(_0: number, _1: EmbindString, _2: EmbindString, _3: EmbindString): void;
  reply(_0: number, _1: boolean, _2: EmbindString, _3: EmbindString): void;
  stats(): string;
  connect(_0: any): void;
}

export type MainModule = WasmModule & EmbindModule;
export default function MainModuleFactory (options?: unknown): Promise<MainModule>;
