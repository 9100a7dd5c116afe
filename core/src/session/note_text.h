#pragma once

#include <string>
#include <string_view>
#include <vector>

// Notes of shelves are JSON objects. They are written member by member.
namespace agents {

// Adds a list of strings to an object that is still open.
void addList(std::string& object, std::string_view key, const std::vector<std::string>& texts);

// What others wrote may be no JSON at all, and is an empty object then.
std::string objectOf(std::string_view note);

// The strings in a list of a note.
std::vector<std::string> noteTexts(std::string_view note, std::string_view key);

}  // namespace agents
