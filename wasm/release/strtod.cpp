#include <emscripten/em_js.h>

#include <cstddef>
#include <cstring>

// The C library reads numbers with arithmetic of 128 bits, which would be 6 KB of the compressed core. JavaScript's
// reading is as exact. These stand in for the library's own, which the linker then leaves out.

EM_JS_DEPS(strtod, "$UTF8ToString");
EM_JS(double, readNumber, (const char* text, std::size_t size), { return Number(UTF8ToString(text, size)); });

namespace {

std::size_t signAt(const char* text) { return *text == '+' || *text == '-' ? 1 : 0; }
std::size_t digitsAt(const char* text) { return std::strspn(text, "0123456789"); }

// The length of the decimal number at the start of `text`, 0 if there is none.
std::size_t numberAt(const char* text) {
  auto size = signAt(text);
  auto whole = digitsAt(text + size);
  size += whole;
  auto fraction = text[size] == '.' ? digitsAt(text + size + 1) : 0;
  if (whole + fraction == 0) return 0;
  if (text[size] == '.') size += 1 + fraction;
  if (text[size] != 'e' && text[size] != 'E') return size;
  auto sign = signAt(text + size + 1);
  auto exponent = digitsAt(text + size + 1 + sign);
  return exponent == 0 ? size : size + 1 + sign + exponent;
}

}  // namespace

extern "C" {

// Of decimal numbers only: JSON and HTTP have no others.
double strtod(const char* text, char** end) {
  auto start = text + std::strspn(text, " \t\n\v\f\r");
  auto size = numberAt(start);
  if (end) *end = const_cast<char*>(size == 0 ? text : start + size);
  return size == 0 ? 0 : readNumber(start, size);
}

// In the library's file as well, so that all three are here or all are there.
float strtof(const char* text, char** end) { return static_cast<float>(strtod(text, end)); }
long double strtold(const char* text, char** end) { return strtod(text, end); }
}
