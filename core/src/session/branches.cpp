#include "agents/branches.h"

#include "agents/random.h"
#include "branch_edits.h"
#include "journal.h"
#include "session_edit.h"

#include <utility>

namespace agents {

Task<std::unique_ptr<BranchTree>> readBranches(StoreSession* session, std::string conversationId) {
  for (;;) {
    auto page = co_await readTail(session, conversationId, std::nullopt, "");
    auto tree = std::make_unique<BranchTree>(std::move(page));
    bool isOneState = true;
    auto shelves = tree->shelves();
    for (const auto& shelf : shelves) {
      ReadQuery query{conversationId, shelf};
      query.detail = ReadQuery::Detail::Origins;
      page = co_await session->read(std::move(query));
      isOneState = isOneState && page.version == tree->version();
      tree->add(shelf, std::move(page));
    }
    if (!isOneState) continue;
    tree->link();
    co_return tree;
  }
}

Task<std::vector<Branch>> branchesOf(std::shared_ptr<StoreSession> session, std::string conversationId) {
  auto tree = co_await readBranches(session.get(), std::move(conversationId));
  co_return tree->list();
}

Task<Branch> forkBranch(std::shared_ptr<StoreSession> session, std::string conversationId, ForkPoint point,
                        std::string name) {
  PlannedChange change(session.get(), conversationId);
  auto id = randomId();
  for (;;) {
    auto tree = co_await readBranches(session.get(), conversationId);
    auto edits = tree->fork(point, id, name);
    bool isSettled = co_await settleRuns(session.get(), conversationId);
    if (!isSettled) continue;
    bool done = co_await change.apply(tree->version(), std::move(edits));
    if (done) co_return tree->branch(id);
  }
}

Task<> switchBranch(std::shared_ptr<StoreSession> session, std::string conversationId, std::string branchId) {
  PlannedChange change(session.get(), conversationId);
  for (bool done = false; !done;) {
    auto tree = co_await readBranches(session.get(), conversationId);
    auto edits = tree->switchTo(branchId);
    if (edits.empty()) co_return;
    bool isSettled = co_await settleRuns(session.get(), conversationId);
    // What they leave belongs to the branch that is left.
    if (!isSettled) continue;
    done = co_await change.apply(tree->version(), std::move(edits));
  }
}

Task<> deleteBranch(std::shared_ptr<StoreSession> session, std::string conversationId, std::string branchId) {
  PlannedChange change(session.get(), conversationId);
  for (bool done = false; !done;) {
    auto tree = co_await readBranches(session.get(), conversationId);
    auto edits = tree->remove(branchId);
    done = co_await change.apply(tree->version(), std::move(edits));
  }
}

Task<> renameBranch(std::shared_ptr<StoreSession> session, std::string conversationId, std::string branchId,
                    std::string name) {
  PlannedChange change(session.get(), conversationId);
  for (bool done = false; !done;) {
    auto tree = co_await readBranches(session.get(), conversationId);
    auto edits = tree->rename(branchId, name);
    if (edits.empty()) co_return;
    done = co_await change.apply(tree->version(), std::move(edits));
  }
}

}  // namespace agents
