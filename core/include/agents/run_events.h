#pragma once

#include "agents/model.h"
#include "agents/signal.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

// An item as a run sees it, in the SDK's words: {"type":"message_output_item","agent","rawItem"}. `handoffs` has the
// ids of the calls that are handoffs.
std::string runItemJson(std::string_view agent, std::string_view item, const std::vector<std::string>& handoffs);

// The events of a streamed run, as JSON texts in the SDK's three kinds, waiting to be read. The run goes on whether or
// not anyone reads; once someone has begun to, the run waits when its reader is far behind.
class RunEvents final : public EventSink {
 public:
  // An event of the wire, as a `raw_model_stream_event`.
  Task<> emit(std::string wireEvent) override;

  void agentUpdated(std::string_view agent);
  void itemCreated(std::string_view agent, std::string_view item, const std::vector<std::string>& handoffs);
  // A call waits for an approval.
  void approvalRequested(std::string_view agent, std::string_view call);

  // No event will follow.
  void end();

  // All events that wait, as the elements of a JSON array; waits for the first. Nothing after the end.
  // One reader at a time.
  Task<std::optional<std::string>> next();

  // What waits, as the elements of a JSON array, without waiting for more.
  std::string takeUnread();

  // The reader has left; nobody is waited for any more.
  void detach();

 private:
  void push(std::string event);

  std::string waiting_;
  bool ended_ = false;
  bool attached_ = false;
  bool readerWaits_ = false;
  bool runWaits_ = false;
  Signal arrived_;
  Signal drained_;
};

}  // namespace agents
