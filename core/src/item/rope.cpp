#include "agents/rope.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

constexpr std::size_t ArenaBytes = 64 * 1024;

}  // namespace

void Rope::append(std::string text) {
  auto size = text.size();
  append(Slice{std::make_shared<const std::string>(std::move(text)), 0, size});
}

void Rope::append(const Rope& other) {
  if (&other == this) return append(Rope(other));
  for (const auto& slice : other.slices_) append(slice);
}

void Rope::append(Slice slice) {
  if (slice.size == 0) return;
  size_ += slice.size;
  if (!slices_.empty()) {
    auto& last = slices_.back();
    if (last.buffer == slice.buffer && last.offset + last.size == slice.offset) {
      last.size += slice.size;
      return;
    }
  }
  slices_.push_back(std::move(slice));
}

std::string Rope::text() const {
  std::string text;
  text.reserve(size_);
  for (const auto& slice : slices_) text += slice.view();
  return text;
}

Slice TextArena::add(std::string_view text) {
  auto needed = text.size() + 1;
  // A full buffer is left to its readers; growing it in place would move what they see.
  if (!buffer_ || buffer_->capacity() - buffer_->size() < needed) {
    buffer_ = std::make_shared<std::string>();
    buffer_->reserve(std::max(ArenaBytes, needed));
  }
  buffer_->push_back(',');
  auto offset = buffer_->size();
  buffer_->append(text);
  return Slice{buffer_, offset, text.size()};
}

void appendElements(Rope& elements, const Rope& more) {
  if (more.empty()) return;
  if (!elements.empty()) {
    static const auto Comma = std::make_shared<const std::string>(",");
    elements.append(Slice{Comma, 0, 1});
  }
  elements.append(more);
}

}  // namespace agents
