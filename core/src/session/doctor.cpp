#include "agents/doctor.h"

#include "agents/error.h"
#include "diagnosis.h"
#include "iso_time.h"
#include "journal.h"
#include "session_edit.h"

#include <array>
#include <utility>

namespace agents {

namespace {

using Kind = Finding::Kind;

constexpr std::array<std::string_view, 5> KindNames{"orphan_call", "orphan_output", "duplicate",
                                                    "reasoning_without_follower", "undecodable"};

DoctorReport reportOf(const std::string& conversationId, const Page& page, const Diagnosis& diagnosis) {
  DoctorReport report{conversationId, page.items.count, diagnosis.findings(), {}};
  if (page.undecodable > 0) {
    report.findings.push_back(
        {Kind::Undecodable, {}, "Rows that are no items: " + std::to_string(page.undecodable) + "."});
  }
  return report;
}

std::vector<Edit> treatment(const Diagnosis& diagnosis, const Page& page, const std::string& shelf) {
  std::vector<Edit> edits;
  auto broken = diagnosis.broken();
  auto answers = diagnosis.answers();
  if (page.undecodable > 0) edits.push_back(edit::SetAside{shelf});
  if (!broken.empty()) edits.push_back(edit::Shelve{std::move(broken), shelf});
  if (answers.count > 0) edits.push_back(edit::Append{{{}, std::move(answers)}});
  return edits;
}

void markRepaired(DoctorReport& report, const std::vector<Edit>& edits, const std::string& shelf) {
  for (auto& finding : report.findings) finding.repaired = true;
  for (const auto& edit : edits) {
    if (!std::holds_alternative<edit::Append>(edit)) report.shelf = shelf;
  }
}

}  // namespace

std::string_view kindName(Kind kind) { return KindNames[static_cast<std::size_t>(kind)]; }

Task<DoctorReport> examine(std::shared_ptr<StoreSession> session, std::string conversationId, Repair repair) {
  PlannedChange change(session.get(), conversationId);
  auto shelf = "doctor:" + isoTime(nowMs());
  for (;;) {
    auto page = co_await readTail(session.get(), conversationId, std::nullopt);
    Partners partners(page);
    Diagnosis diagnosis(partners);
    auto report = reportOf(conversationId, page, diagnosis);
    if (repair == Repair::No || report.findings.empty()) co_return report;
    co_await checkIdle(session.get(), conversationId);
    auto edits = treatment(diagnosis, page, shelf);
    markRepaired(report, edits, shelf);
    bool done = co_await change.apply(page.version, std::move(edits));
    if (done) co_return report;
  }
}

}  // namespace agents
