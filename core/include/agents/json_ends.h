#pragma once

namespace agents::json {

// Where what begins at `at` ends, or null where the text ends before. They are made for histories of megabytes, and
// expect what `compact` returned, or the beginning of it.

// Of the string whose quote is at `at`.
const char* endOfString(const char* at, const char* end);

const char* endOfValue(const char* at, const char* end);

}  // namespace agents::json
