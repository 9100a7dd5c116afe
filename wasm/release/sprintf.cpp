// Only Embind calls these, for the address of a type that has no name in a release. The C library's would be 4 KB of
// the compressed core.
extern "C" {

int sprintf(char* text, const char*, ...) {
  *text = '\0';
  return 0;
}

// What the compiler makes of a `sprintf` without fractions.
int siprintf(char* text, const char*, ...) {
  *text = '\0';
  return 0;
}
}
