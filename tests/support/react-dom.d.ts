// What the tests use of react-dom, whose types are a package of their own.
declare module 'react-dom/client' {
  export function createRoot(container: Element): { render(node: import('react').ReactNode): void; unmount(): void };
}
declare module 'react-dom/server' {
  export function renderToString(node: import('react').ReactNode): string;
}
