#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

// A piece of text that shares the buffer it lies in. Buffers never move or change below what is shared.
struct Slice {
  std::shared_ptr<const std::string> buffer;
  std::size_t offset = 0;
  std::size_t size = 0;

  std::string_view view() const { return std::string_view(*buffer).substr(offset, size); }
};

// A long text as a list of shared slices. Copying a rope copies no text, so that a history of megabytes is held once,
// however many requests are made of it.
class Rope {
 public:
  Rope() = default;
  explicit Rope(std::string text) { append(std::move(text)); }

  void append(std::string text);
  void append(const Rope& other);
  // A slice that continues the last one becomes part of it.
  void append(Slice slice);

  const std::vector<Slice>& slices() const { return slices_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // A copy in one piece.
  std::string text() const;

 private:
  std::vector<Slice> slices_;
  std::size_t size_ = 0;
};

// Keeps many small texts in few large buffers, so that texts which follow each other are one slice of a rope.
// What was added stays where it is for as long as a slice of it is held.
class TextArena {
 public:
  // The slice of `text` behind a comma, for texts which are elements of one JSON array. The comma is not part of it.
  Slice add(std::string_view text);

 private:
  std::shared_ptr<std::string> buffer_;
};

// Appends elements to a rope that holds the elements of a JSON array without its brackets.
void appendElements(Rope& elements, const Rope& more);

}  // namespace agents
