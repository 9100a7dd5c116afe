#include "agents/writers.h"

#include "agents/running.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

Running alarm(Timer* timer, double ms, bool* rang) {
  try {
    co_await timer->sleep(ms);
  } catch (...) {
    // A timer that fails has rung.
  }
  *rang = true;
}

}  // namespace

Writers::Place::Place(Writers* writers, std::string conversationId)
    : writers_(writers), conversationId_(std::move(conversationId)) {}

Writers::Place::~Place() { writers_->leave(this); }

Task<bool> Writers::Place::atHead(Timer* timer, double ms) {
  if (writers_->isAtHead(this)) co_return true;
  if (ms <= 0) co_return false;
  bool rang = false;
  auto clock = alarm(timer, ms, &rang);
  // Once its frame is done with: who is woken destroys it.
  clock.start([this] { moved_.set(); });
  while (!rang && !writers_->isAtHead(this)) co_await moved_.wait();
  co_return writers_->isAtHead(this);
}

std::unique_ptr<Writers::Place> Writers::enter(std::string conversationId) {
  auto place = std::make_unique<Place>(this, std::move(conversationId));
  lines_[place->conversationId_].push_back(place.get());
  return place;
}

void Writers::evict(const std::string& conversationId) {
  auto line = lines_.find(conversationId);
  if (line == lines_.end()) return;
  // Moved out first: it may destroy the place that holds it.
  auto onEvicted = std::move(line->second.front()->onEvicted);
  if (onEvicted) onEvicted();
}

bool Writers::isAtHead(const Place* place) const { return lines_.at(place->conversationId_).front() == place; }

void Writers::leave(Place* place) {
  auto line = lines_.find(place->conversationId_);
  bool wasHead = line->second.front() == place;
  line->second.remove(place);
  if (line->second.empty()) {
    lines_.erase(line);
  } else if (wasHead) {
    line->second.front()->moved_.set();
  }
}

}  // namespace agents
