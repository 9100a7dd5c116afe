#pragma once

#include "agents/doctor.h"
#include "partners.h"

#include <string>
#include <vector>

namespace agents {

// What is wrong with the items of a history, and what would mend it.
class Diagnosis {
 public:
  explicit Diagnosis(const Partners& partners);

  const std::vector<Finding>& findings() const { return findings_; }

  // What has to go, by uid, and what calls at the end have to be answered with.
  std::vector<std::string> broken() const;
  Items answers() const;

 private:
  void findDuplicates();
  void findOutputs();
  void findCalls();
  void findReasoning();
  void add(Finding::Kind kind, std::size_t index, const char* message);
  std::vector<bool> atEnd() const;

  const Partners& partners_;
  std::vector<Finding> findings_;
  std::vector<bool> broken_;
  std::vector<bool> answerable_;
};

}  // namespace agents
