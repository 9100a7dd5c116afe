#include "agents/json_text.h"
#include "agents/stores.h"
#include "support/python_advanced.h"
#include "support/python_session.h"
#include "support/sqlite_dump.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <memory>
#include <random>

using namespace agents;
using namespace agents::testing;

namespace {

// Python's branches and a store of ours on one database, which opens it at its first use.
struct Shared {
  std::shared_ptr<SqliteDatabase> database = std::make_shared<SqliteDatabase>();
  PythonAdvanced python{database.get()};
  std::unique_ptr<Store> store = makeSqlStore(database, {});

  std::string history() { return agents::testing::history(*store, "c"); }
  std::string structure(const std::string& branch = "main") {
    return dump(
        *database,
        "SELECT message_id, message_type, sequence_number, user_turn_number, branch_turn_number, tool_name FROM "
        "message_structure WHERE branch_id = '" +
            branch + "' ORDER BY sequence_number");
  }
};

std::string assistant(const std::string& text) { return R"({"role":"assistant","content":")" + text + "\"}"; }

const std::string Call = R"({"type":"function_call","call_id":"k","name":"add","arguments":"{}"})";
const std::string Output = R"({"type":"function_call_output","call_id":"k","output":"1"})";

// Three turns on `main`, and a branch `other` that has the first two of them and one of its own.
Shared branched() {
  Shared shared;
  shared.python.add({user("1"), Call, Output, assistant("a1"), user("2"), assistant("a2"), user("3"), assistant("a3")});
  shared.python.branchFrom(3, "other");
  shared.python.add({user("B"), assistant("b")});
  shared.python.branch = "main";
  return shared;
}

const std::vector<std::string> Main{user("1"),       Call,      Output,         assistant("a1"), user("2"),
                                    assistant("a2"), user("3"), assistant("a3")};
const std::vector<std::string> Other{user("1"),       Call,      Output,        assistant("a1"), user("2"),
                                     assistant("a2"), user("B"), assistant("b")};

}  // namespace

TEST_CASE("of a file with branches of Python's, the history is main, with rows that are in no branch") {
  auto shared = branched();
  CHECK(shared.history() == joined(Main));
  PythonSession(shared.database.get()).add("c", {user("plain")});
  auto whole = Main;
  whole.push_back(user("plain"));
  CHECK(shared.history() == joined(whole));
  ReadQuery query{"c"};
  query.detail = ReadQuery::Detail::Origins;
  CHECK(read(*shared.store, query).undecodable == 0);
  ListQuery sizes;
  sizes.sizes = true;
  CHECK(list(*shared.store, sizes).conversations.at(0).items == 9);
  CHECK(read(*shared.store, {"c", "", 3}).items.text.text() == joined({user("3"), assistant("a3"), user("plain")}));
}

TEST_CASE("a search finds what is in main, and not what only other branches have") {
  auto shared = branched();
  SearchQuery query{"b"};
  SearchPage page;
  do page = sync(shared.store->search(query));
  while (page.isIndexing);
  CHECK(page.hits.empty());
  query.text = "a3";
  CHECK(sync(shared.store->search(query)).hits.size() == 1);
}

TEST_CASE("what is appended gets the turns, places and names that Python gives") {
  Shared ours, theirs;
  const std::vector<std::string> first{R"({"role":"system","content":"s"})", user("1"), Call, Output};
  const std::vector<std::string> more{assistant("a"), user("2"), user("3"), R"({"id":"m"})"};
  theirs.python.add(first);
  theirs.python.add(more);
  ours.python.add(first);
  append(*ours.store, "c", more);
  append(*ours.store, "c", {assistant("b")});
  theirs.python.add({assistant("b")});
  CHECK(ours.structure() == theirs.structure());
  CHECK(ours.python.items("main") == theirs.python.items("main"));
}

TEST_CASE("names of tools are those that Python finds") {
  Shared shared;
  append(
      *shared.store, "c",
      {R"({"type":"mcp_call","server_label":"files","name":"read"})", R"({"type":"mcp_call","server_label":"files"})",
       R"({"type":"mcp_call","name":"read"})", R"({"type":"tool_search_output"})", R"({"type":"web_search_call"})",
       R"({"type":"function_call","name":"read","namespace":"files"})",
       R"({"type":"function_call","name":"read","namespace":"read"})", R"({"role":"user","name":"bob"})",
       R"({"type":"reasoning"})"});
  CHECK(dump(*shared.database, "SELECT tool_name FROM message_structure ORDER BY sequence_number") ==
        "files.read|\nfiles|\nread|\ntool_search|\nweb_search_call|\nfiles.read|\nread|\nbob|\nNULL|\n");
}

TEST_CASE("items that leave main stay in the branches that have them") {
  auto shared = branched();
  auto other = shared.structure("other").size();
  edit1(*shared.store, "c", edit::Remove{{"row-5", "row-6", "row-8"}});
  const std::vector<std::string> left{user("1"), Call, Output, assistant("a1"), user("3")};
  CHECK(shared.history() == joined(left));
  CHECK(shared.python.items("main") == left);
  CHECK(shared.python.items("other") == Other);
  CHECK(shared.structure("other").size() >= other);
  auto gone = shared.database->run("SELECT COUNT(*) FROM agent_messages WHERE message_data LIKE '%\"a3\"%'");
  CHECK(show(gone[0][0]) == "0");
}

TEST_CASE("a fold of shared items stands in their place, and is taken back") {
  auto shared = branched();
  Change fold{"fold"};
  fold.edits.push_back(edit::Shelve{{"row-1", "row-2", "row-3", "row-4", "row-5", "row-6"}, "s"});
  fold.edits.push_back(edit::StandIn{"s", {{}, itemsOf({user("summary")})}});
  apply(*shared.store, "c", fold);
  const std::vector<std::string> folded{user("summary"), user("3"), assistant("a3")};
  CHECK(shared.history() == joined(folded));
  CHECK(shared.python.items("main") == folded);
  CHECK(shared.python.items("other") == Other);
  Change undo{"undo"};
  undo.edits.push_back(edit::Remove{{"fold.0"}});
  undo.edits.push_back(edit::Restore{"s", true});
  apply(*shared.store, "c", undo);
  CHECK(shared.history() == joined(Main));
  CHECK(shared.python.items("main") == Main);
  CHECK(shared.python.items("other") == Other);
  auto turns = dump(*shared.database,
                    "SELECT user_turn_number FROM message_structure WHERE branch_id = 'main' ORDER BY sequence_number");
  CHECK(turns == "1|\n1|\n1|\n1|\n2|\n2|\n3|\n3|\n");
}

TEST_CASE("an item that is replaced in main is what it was in other branches") {
  auto shared = branched();
  edit1(*shared.store, "c", edit::Replace{"row-5", user("two")});
  auto expected = Main;
  expected[4] = user("two");
  CHECK(shared.history() == joined(expected));
  CHECK(shared.python.items("main") == expected);
  CHECK(shared.python.items("other") == Other);
}

TEST_CASE("a row of main that is no item is put aside, and one of another branch is not") {
  auto shared = branched();
  shared.python.add({R"("text")"});
  shared.python.branch = "other";
  shared.python.add({R"("text")"});
  edit1(*shared.store, "c", edit::SetAside{"aside"});
  CHECK(read(*shared.store, {"c", "aside"}).items.count == 1);
  CHECK(shared.python.items("main") == Main);
  CHECK(shared.python.items("other").size() == Other.size() + 1);
}

TEST_CASE("rows that Python knows of in no branch join main with the first change, where they are") {
  auto shared = branched();
  PythonSession(shared.database.get()).add("c", {user("plain")});
  shared.python.add({user("4")});
  auto expected = Main;
  expected.insert(expected.end(), {user("plain"), user("4"), user("5")});
  append(*shared.store, "c", {user("5")});
  CHECK(shared.history() == joined(expected));
  CHECK(shared.python.items("main") == expected);
  shared.python.pop();
  expected.pop_back();
  CHECK(shared.python.items("main") == expected);
  CHECK(shared.history() == joined(expected));
}

TEST_CASE("a conversation by Python's plain session is whole in Python's branches after the first change") {
  Shared shared;
  PythonSession(shared.database.get()).add("c", {user("1"), assistant("a1")});
  CHECK(shared.python.items("main").empty());
  append(*shared.store, "c", {user("2")});
  const std::vector<std::string> expected{user("1"), assistant("a1"), user("2")};
  CHECK(shared.python.items("main") == expected);
  shared.python.pop();
  CHECK(shared.history() == joined({user("1"), assistant("a1")}));
}

TEST_CASE("the usage of a turn goes when its number is free again") {
  auto shared = branched();
  for (auto turn : {"1", "2", "3"}) {
    shared.database->run("INSERT INTO turn_usage (session_id, user_turn_number, requests) VALUES ('c', ?, 1)", {turn});
  }
  auto usage = [&] { return dump(*shared.database, "SELECT user_turn_number FROM turn_usage ORDER BY 1"); };
  edit1(*shared.store, "c", edit::Remove{{"row-8"}});
  CHECK(usage() == "1|\n2|\n3|\n");
  edit1(*shared.store, "c", edit::Remove{{"row-7"}});
  CHECK(usage() == "1|\n2|\n");
}

TEST_CASE("a conversation that is cleared or deleted is so in all branches, as when Python clears it") {
  for (Edit last : {Edit(edit::Delete{}), Edit(edit::Clear{})}) {
    auto shared = branched();
    PythonAdvanced another(shared.database.get(), "d");
    another.add({user("untouched")});
    edit1(*shared.store, "c", last);
    CHECK(shared.history().empty());
    CHECK(dump(*shared.database, "SELECT COUNT(*) FROM message_structure WHERE session_id = 'c'") == "0|\n");
    CHECK(dump(*shared.database, "SELECT COUNT(*) FROM agent_messages WHERE session_id = 'c'") == "0|\n");
    CHECK(dump(*shared.database, "SELECT generation FROM session_clear_generations WHERE session_id = 'c'") == "1|\n");
    CHECK(dump(*shared.database, "SELECT branch_id FROM branch_reservations ORDER BY 1") == "main|\nother|\n");
    CHECK(history(*shared.store, "d") == user("untouched"));
    append(*shared.store, "c", {user("new")});
    CHECK(shared.python.items("main") == std::vector{user("new")});
  }
}

TEST_CASE("branches of other tables than ours, and tables that only have the name, are none of our business") {
  Shared shared;
  shared.python.add({user("theirs")});
  auto ours = makeSqlStore(shared.database, {"my_sessions", "my_messages"});
  auto structure = shared.structure();
  append(*ours, "c", {user("ours")});
  CHECK(history(*ours, "c") == user("ours"));
  CHECK(shared.structure() == structure);
  auto database = std::make_shared<SqliteDatabase>();
  database->run("CREATE TABLE message_structure (a, message_id REFERENCES agent_messages(id))");
  auto store = makeSqlStore(database, {});
  append(*store, "c", {user("one")});
  CHECK(history(*store, "c") == user("one"));
}

TEST_CASE("a change of a file with branches that breaks off leaves nothing") {
  auto shared = branched();
  shared.history();
  Change change{"change"};
  change.edits.push_back(edit::Shelve{{"row-1", "row-5"}, "s"});
  change.edits.push_back(edit::StandIn{"s", {{}, itemsOf({user("S")})}});
  auto content = contentOf(*shared.database), structure = shared.structure(), other = shared.structure("other");
  for (int statement = 0;; ++statement) {
    CAPTURE(statement);
    shared.database->failBatch(0, statement);
    if (!codeOf([&] { apply(*shared.store, "c", change); })) {
      CHECK(statement > 10);
      break;
    }
    CHECK(contentOf(*shared.database) == content);
    CHECK(shared.structure() == structure);
    CHECK(shared.structure("other") == other);
  }
}

TEST_CASE("whatever both sides do, Python's main is our history, and its other branches are as Python left them") {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    auto shared = branched();
    std::vector<std::pair<std::string, std::vector<std::string>>> branches{{"other", Other}};
    int shelves = 0, said = 0;
    for (int step = 0; step < 40; ++step) {
      auto known = uids(*shared.store, "c");
      std::vector<std::string> some;
      for (const auto& uid : known) {
        if (below(4) == 0) some.push_back(uid);
      }
      auto word = std::to_string(++said);
      auto shelf = "s" + std::to_string(shelves);
      switch (below(10)) {
        case 0:
        case 1:
          append(*shared.store, "c", {user(word), assistant(word)});
          break;
        case 2:
          edit1(*shared.store, "c", edit::Remove{some});
          break;
        case 3: {
          Change fold{"fold-" + std::to_string(seed) + "-" + word};
          fold.edits.push_back(edit::Shelve{some, "s" + std::to_string(++shelves)});
          fold.edits.push_back(edit::StandIn{"s" + std::to_string(shelves), {{}, itemsOf({user("S" + word)})}});
          apply(*shared.store, "c", fold);
          break;
        }
        case 4:
          if (shelves > 0) edit1(*shared.store, "c", edit::Restore{"s" + std::to_string(shelves--), below(2) == 0});
          break;
        case 5:
          if (!known.empty()) edit1(*shared.store, "c", edit::Replace{known[below(known.size())], user("R" + word)});
          break;
        case 6:
          shared.python.add({user("P" + word), assistant("p")});
          break;
        case 7:
          shared.python.pop();
          break;
        case 8: {
          shared.python.branchFrom(static_cast<int>(below(6)) + 1, "b" + word);
          shared.python.add({user("B" + word)});
          branches.emplace_back("b" + word, shared.python.items("b" + word));
          shared.python.branch = "main";
          break;
        }
        default:
          PythonSession(shared.database.get()).add("c", {user("plain" + word)});
          append(*shared.store, "c", {assistant("x" + word)});
      }
      CHECK(joined(shared.python.items("main")) == shared.history());
      for (const auto& [name, items] : branches) CHECK(shared.python.items(name) == items);
    }
    auto twice = dump(*shared.database,
                      "SELECT branch_id, sequence_number FROM message_structure GROUP BY 1, 2 HAVING COUNT(*) > 1");
    CHECK(twice.empty());
  }
}
