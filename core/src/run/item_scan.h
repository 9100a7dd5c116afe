#pragma once

#include "agents/rope.h"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace agents {

// What the rules for model input read of an item. Members that are missing, or no strings, are empty.
struct ItemMarks {
  std::string_view text;
  std::string_view type;
  std::string_view role;
  std::string_view id;
  std::string_view callId;
  std::string_view approvalId;  // approval_request_id
  std::string_view status;
  std::string_view programId;  // of the program that made the call, or got the output
};

// Reads the items of a rope one after the other, where they lie: a history of megabytes is neither copied nor held as
// a list. The marks are slices of the rope and of the scan, which must both outlive them.
class ItemScan {
 public:
  explicit ItemScan(const Rope& items) : items_(items) {}
  ItemScan(const ItemScan&) = delete;
  ItemScan& operator=(const ItemScan&) = delete;

  // The next item, if there is one.
  bool next(ItemMarks* marks);

 private:
  bool refill();
  bool join(std::size_t begin);
  const char* read(const char* at, const char* end, ItemMarks* marks);
  void mark(std::string_view key, std::string_view value, ItemMarks* marks);
  std::string_view textOf(std::string_view string);

  const Rope& items_;
  std::size_t slice_ = 0;  // the next one
  std::string_view text_;
  std::size_t at_ = 0;
  // Texts that are no slice of the rope: those with escapes, and items that it cuts.
  std::deque<std::string> own_;
};

}  // namespace agents
