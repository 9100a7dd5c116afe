#pragma once

#include "agents/http.h"
#include "agents/signal.h"
#include "agents/task.h"
#include "agents/whole_histories.h"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace agents {

// The runs of this instance that want to write one conversation, in the order in which they came: one at a time.
// It outlives its places.
class Writers {
 public:
  // A place in the line; destroying it leaves the line.
  class Place {
   public:
    Place(Writers* writers, std::string conversationId);
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

    // Whether it came to the head of the line within `ms`.
    Task<bool> atHead(Timer* timer, double ms);

    // Called when the conversation was cleared or deleted while this place is at the head of the line.
    std::function<void()> onEvicted;

   private:
    friend class Writers;

    Writers* writers_;
    std::string conversationId_;
    Signal moved_;
  };

  std::unique_ptr<Place> enter(std::string conversationId);

  bool isBusy(const std::string& conversationId) const { return lines_.contains(conversationId); }

  // Tells the one at the head of the line that its conversation is gone.
  void evict(const std::string& conversationId);

  // What these runs know of the histories. Whoever else changes a conversation has it forgotten.
  WholeHistories wholeHistories;

 private:
  bool isAtHead(const Place* place) const;
  void leave(Place* place);

  std::map<std::string, std::list<Place*>> lines_;
};

// A right that other tabs and Workers respect too. Destroying it gives it back.
class Lock {
 public:
  virtual ~Lock() = default;
};

// Locks that reach beyond this instance, as the place has them: the Web Locks of a browser. One that dies frees its
// own.
class Locks {
 public:
  virtual ~Locks() = default;
  // The lock of a conversation, or null when it did not come free within `ms`.
  virtual Task<std::unique_ptr<Lock>> take(std::string conversationId, double ms) = 0;
  // Whether anyone has it.
  virtual Task<bool> isTaken(std::string conversationId) = 0;
};

}  // namespace agents
