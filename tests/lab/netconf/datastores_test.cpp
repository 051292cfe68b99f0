// The pure parts: framing, edits, filters, datastores, events.

#include "tieline/lab/io/outbox.hpp"
#include "tieline/lab/netconf/datastores.hpp"
#include "tieline/lab/netconf/event_log.hpp"
#include "tieline/lab/netconf/framing.hpp"
#include "tieline/lab/netconf/subtree.hpp"
#include "tieline/lab/netconf/xml.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace tieline::lab;
using namespace tieline::lab::netconf;
using std::chrono::seconds;

namespace {

pugi::xml_document xml(const std::string& text) {
  pugi::xml_document result;
  parse_fragment(result, text);
  return result;
}

const std::string start
  = R"(<top xmlns="urn:a"><list><name>x</name><v>1</v></list>)"
    R"(<list><name>y</name><v>2</v></list><leaf>l</leaf></top>)";

/// Runs an edit of `start`; nc: is NETCONF's prefix. Returns the outcome, then
/// the tags of what was refused.
std::string edited(const std::string& change, edit_operation by_default,
                   error_option on_error = error_option::stop,
                   const schema& known = {}) {
  auto data = xml(start);
  auto config = xml("<config xmlns:nc='" + std::string{base_namespace} + "'>"
                    + change + "</config>");
  std::string tags;
  for (auto& p :
       edit(known, data, config.document_element(), by_default, on_error))
    tags += " " + p.tag;
  return inside(data) + tags;
}

struct edit_row {
  const char* what;
  edit_operation by_default;
  error_option on_error;
  std::string change;
  std::string expected;

  friend std::ostream& operator<<(std::ostream& out, const edit_row& row) {
    return out << row.what;
  }
};

std::string top(const std::string& content) {
  return "<top xmlns=\"urn:a\">" + content + "</top>";
}

const std::string x = "<list><name>x</name><v>1</v></list>";
const std::string y = "<list><name>y</name><v>2</v></list>";
const std::string l = "<leaf>l</leaf>";
const std::string z = "<list><name>z</name></list>";

const edit_row edits[] = {
  {"merge sets a leaf", edit_operation::merge, error_option::stop,
   top("<leaf>new</leaf>"), top(x + y + "<leaf>new</leaf>")},
  {"merge finds an entry by its key", edit_operation::merge, error_option::stop,
   top("<list><name>y</name><v>3</v></list>"),
   top(x + "<list><name>y</name><v>3</v></list>" + l)},
  {"merge adds an entry", edit_operation::merge, error_option::stop, top(z),
   top(x + y + l + z)},
  {"a prefix means the same", edit_operation::merge, error_option::stop,
   "<a:top xmlns:a='urn:a'><a:leaf>new</a:leaf></a:top>",
   top(x + y + "<leaf>new</leaf>")},
  {"another namespace is another element", edit_operation::merge,
   error_option::stop, "<top xmlns='urn:b'/>",
   start + "<top xmlns=\"urn:b\"/>"},
  {"replace of one entry keeps its place", edit_operation::merge,
   error_option::stop,
   top("<list nc:operation='replace'><name>x</name></list>"),
   top("<list><name>x</name></list>" + y + l)},
  {"replace by default", edit_operation::replace, error_option::stop,
   top("<leaf>m</leaf>"), top("<leaf>m</leaf>")},
  {"create of what is there", edit_operation::merge, error_option::stop,
   top("<list nc:operation='create'><name>x</name></list>"),
   start + " data-exists"},
  {"create of what is not", edit_operation::none, error_option::stop,
   top("<list nc:operation='create'><name>z</name></list>"),
   top(x + y + l + z)},
  {"delete of what is there", edit_operation::none, error_option::stop,
   top("<list nc:operation='delete'><name>x</name></list>"), top(y + l)},
  {"delete of what is not", edit_operation::none, error_option::stop,
   top("<list nc:operation='delete'><name>z</name></list>"),
   start + " data-missing"},
  {"remove of what is not", edit_operation::merge, error_option::stop,
   top("<list nc:operation='remove'><name>z</name></list>"), start},
  {"none below what is not", edit_operation::none, error_option::stop,
   top("<other><a nc:operation='create'/></other>"), start + " data-missing"},
  {"an operation that is none", edit_operation::merge, error_option::stop,
   top("<leaf nc:operation='destroy'/>"), start + " bad-attribute"},
  {"stop keeps what was done before", edit_operation::merge, error_option::stop,
   top("<leaf>m</leaf><gone nc:operation='delete'/><leaf>n</leaf>"),
   top(x + y + "<leaf>m</leaf>") + " data-missing"},
  {"going on does the rest", edit_operation::merge, error_option::go_on,
   top("<gone nc:operation='delete'/><leaf>n</leaf>"
       "<list nc:operation='create'><name>x</name></list>"),
   top(x + y + "<leaf>n</leaf>") + " data-missing data-exists"},
  {"rolling back undoes all", edit_operation::merge, error_option::roll_back,
   top("<leaf>m</leaf><gone nc:operation='delete'/>"), start + " data-missing"},
  {"nothing half is inserted", edit_operation::merge, error_option::stop,
   top("<list><name>z</name><v nc:operation='delete'/></list>"),
   start + " data-missing"},
};

/// Returns what the filter selects of `start`.
std::string selected(const std::string& filter) {
  auto data = xml(start);
  auto given = xml("<filter xmlns='" + std::string{base_namespace} + "'>"
                   + filter + "</filter>");
  pugi::xml_document result;
  select_subtree(data, given.document_element(), result);
  return inside(result);
}

const char* const first_config = "<a>1</a>";

/// Returns the tag of what `work` throws.
template <class F>
std::string refusal(F work) {
  try {
    work();
    return "none";
  } catch (const problem& p) {
    return p.tag;
  }
}

struct fixture {
  datastores data{schema{}, first_config};
  clock::time_point now{};

  void set_candidate(session_id who, const std::string& text) {
    auto config = xml("<config><a>" + text + "</a></config>");
    data.edit(store::candidate, who, config.document_element(),
              edit_operation::merge, error_option::stop);
  }
  std::string commit(session_id who, bool confirmed = false,
                     std::optional<std::string> persist = {},
                     std::optional<std::string> id = {}) {
    return refusal([&] {
      data.commit({who, confirmed, seconds{10}, persist, id}, now);
    });
  }
  std::string running() const {
    return data.text(store::running);
  }
  std::string candidate() const {
    return data.text(store::candidate);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(datastores_test)

BOOST_AUTO_TEST_SUITE(netconf_model)

BOOST_DATA_TEST_CASE(an_edit_does_what_the_rfc_says,
                     boost::unit_test::data::make(edits)) {
  BOOST_CHECK_EQUAL(edited(sample.change, sample.by_default, sample.on_error),
                    sample.expected);
}

BOOST_AUTO_TEST_CASE(lists_have_the_keys_that_the_schema_names) {
  schema known;
  known.list_keys["list"] = {"v"};
  known.leaf_lists = {"leaf"};
  BOOST_CHECK_EQUAL(
    edited(top("<list><name>q</name><v>1</v></list><leaf>m</leaf>"),
           edit_operation::merge, error_option::stop, known),
    top("<list><name>q</name><v>1</v></list>" + y + l + "<leaf>m</leaf>"));
}

BOOST_AUTO_TEST_CASE(an_identity_keeps_the_meaning_of_its_prefix) {
  BOOST_CHECK_EQUAL(
    edited("<t:top xmlns:t='urn:a' xmlns:i='urn:i'><t:leaf>i:ether</t:leaf>"
           "</t:top>",
           edit_operation::merge),
    top(x + y + "<leaf xmlns:i=\"urn:i\">i:ether</leaf>"));
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_place) {
  auto data = xml(start);
  auto config = xml("<config xmlns='" + std::string{base_namespace}
                    + "'><top xmlns='urn:a'><gone operation='delete'/></top>"
                      "</config>");
  auto refused = edit({}, data, config.document_element(),
                      edit_operation::merge, error_option::stop);
  BOOST_REQUIRE_EQUAL(refused.size(), 1);
  BOOST_CHECK_EQUAL(
    to_rpc_error(refused.front()),
    "<rpc-error><error-type>application</error-type>"
    "<error-tag>data-missing</error-tag><error-severity>error</error-severity>"
    "<error-path xmlns:p1=\"urn:a\">/p1:top/p1:gone</error-path>"
    "<error-message xml:lang=\"en\">it does not exist</error-message>"
    "</rpc-error>");
}

BOOST_AUTO_TEST_CASE(a_subtree_filter_selects_what_the_rfc_says) {
  BOOST_CHECK_EQUAL(selected(""), "");
  BOOST_CHECK_EQUAL(selected("<top/>"), start);
  BOOST_CHECK_EQUAL(selected("<top xmlns='urn:b'/>"), "");
  BOOST_CHECK_EQUAL(selected("<top><leaf/></top>"), top(l));
  BOOST_CHECK_EQUAL(selected("<top><none/></top>"), "");
  BOOST_CHECK_EQUAL(selected("<top><list><name>y</name></list></top>"), top(y));
  BOOST_CHECK_EQUAL(selected("<top><list><name>q</name></list></top>"), "");
  BOOST_CHECK_EQUAL(selected("<top><list><name>y</name><v>1</v></list></top>"),
                    "");
  BOOST_CHECK_EQUAL(selected("<top><list><name>y</name><v/></list></top>"),
                    top(y));
  BOOST_CHECK_EQUAL(selected("<top><list><name/></list></top>"),
                    top("<list><name>x</name></list>"
                        "<list><name>y</name></list>"));
  // Two filters for one element select the parts of both.
  BOOST_CHECK_EQUAL(selected("<top><leaf/></top><top><list><name>x</name>"
                             "</list></top>"),
                    top(x + l));
}

BOOST_FIXTURE_TEST_CASE(a_lock_belongs_to_one_session, fixture) {
  data.lock(store::candidate, 1);
  BOOST_CHECK_EQUAL(refusal([&] { data.lock(store::candidate, 2); }),
                    "lock-denied");
  BOOST_CHECK_EQUAL(refusal([&] { set_candidate(2, "2"); }), "in-use");
  BOOST_CHECK_EQUAL(refusal([&] { data.unlock(store::candidate, 2); }),
                    "operation-failed");
  BOOST_CHECK_EQUAL(commit(2), "in-use");
  set_candidate(1, "2");
  // Its end, too, throws away what it left.
  data.leave(1);
  BOOST_CHECK_EQUAL(candidate(), first_config);
  data.lock(store::candidate, 2);
  BOOST_CHECK(data.holder(store::candidate) == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_modified_candidate_cannot_be_locked, fixture) {
  set_candidate(1, "2");
  BOOST_CHECK_EQUAL(refusal([&] { data.lock(store::candidate, 1); }),
                    "lock-denied");
  data.discard(1);
  BOOST_CHECK_EQUAL(refusal([&] { data.lock(store::candidate, 1); }), "none");
}

BOOST_FIXTURE_TEST_CASE(a_clean_candidate_follows_running, fixture) {
  data.put(store::running, "<a>9</a>");
  BOOST_CHECK_EQUAL(candidate(), "<a>9</a>");
  set_candidate(1, "2");
  data.put(store::running, "<a>8</a>");
  BOOST_CHECK_EQUAL(candidate(), "<a>2</a>");
}

BOOST_FIXTURE_TEST_CASE(what_is_not_confirmed_in_time_is_rolled_back, fixture) {
  set_candidate(1, "2");
  BOOST_CHECK_EQUAL(commit(1, true), "none");
  BOOST_CHECK_EQUAL(running(), "<a>2</a>");
  // Confirmed again: the time begins anew, the way back stays the same.
  now += seconds{9};
  set_candidate(1, "3");
  BOOST_CHECK_EQUAL(commit(1, true), "none");
  BOOST_CHECK(!data.expire(now + seconds{9}));
  BOOST_CHECK_EQUAL(running(), "<a>3</a>");
  BOOST_CHECK(data.expire(now + seconds{10}));
  BOOST_CHECK_EQUAL(running(), first_config);
  BOOST_CHECK(!data.expire(now + seconds{100}));
}

BOOST_FIXTURE_TEST_CASE(what_is_confirmed_stays, fixture) {
  set_candidate(1, "2");
  commit(1, true);
  BOOST_CHECK_EQUAL(commit(2), "in-use");
  BOOST_CHECK_EQUAL(refusal([&] { data.lock(store::running, 2); }),
                    "lock-denied");
  BOOST_CHECK_EQUAL(commit(1), "none");
  BOOST_CHECK(!data.expire(now + seconds{1000}));
  BOOST_CHECK_EQUAL(running(), "<a>2</a>");
}

BOOST_FIXTURE_TEST_CASE(a_commit_without_persist_ends_with_its_session,
                        fixture) {
  set_candidate(1, "2");
  commit(1, true);
  data.leave(2);
  BOOST_CHECK_EQUAL(running(), "<a>2</a>");
  data.leave(1);
  BOOST_CHECK_EQUAL(running(), first_config);
}

BOOST_FIXTURE_TEST_CASE(a_commit_with_persist_is_whose_knows_the_id, fixture) {
  set_candidate(1, "2");
  commit(1, true, "secret");
  data.leave(1);
  BOOST_CHECK_EQUAL(running(), "<a>2</a>");
  BOOST_CHECK_EQUAL(commit(2), "invalid-value");
  BOOST_CHECK_EQUAL(commit(2, false, {}, "guess"), "invalid-value");
  BOOST_CHECK_EQUAL(refusal([&] { data.cancel_commit(2, "guess"); }),
                    "invalid-value");
  BOOST_CHECK_EQUAL(commit(2, false, {}, "secret"), "none");
  BOOST_CHECK(data.deadline() == clock::time_point::max());
  BOOST_CHECK_EQUAL(commit(2, false, {}, "secret"), "invalid-value");
}

BOOST_FIXTURE_TEST_CASE(a_commit_can_be_cancelled, fixture) {
  BOOST_CHECK_EQUAL(refusal([&] { data.cancel_commit(1, {}); }),
                    "operation-failed");
  set_candidate(1, "2");
  commit(1, true);
  data.cancel_commit(1, {});
  BOOST_CHECK_EQUAL(running(), first_config);
}

BOOST_AUTO_TEST_CASE(messages_are_read_however_they_are_cut) {
  const std::string hello = "<hello/>", two = "<a>]]>]]></a>", three = "<b/>";
  auto bytes = frame(hello, framing::end_of_message)
               + frame(two, framing::chunked, 4)
               + frame(three, framing::chunked);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    message_reader r;
    std::vector<std::string> got;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      r.push(bytes.substr(at, piece));
      while (auto message = r.next()) {
        got.push_back(*message);
        r.use(framing::chunked);
      }
    }
    BOOST_REQUIRE_EQUAL(got.size(), 3);
    BOOST_CHECK(got[0] == hello && got[1] == two && got[2] == three);
  }
}

BOOST_DATA_TEST_CASE(bytes_that_break_the_framing_are_refused,
                     boost::unit_test::data::make({"x", "\n#0\n", "\n#04\nabcd",
                                                   "\n##\n", "\n#12a\n",
                                                   "\n#1\nab", "\n#-1\n",
                                                   "\n#99999999999"})) {
  message_reader r;
  r.use(framing::chunked);
  r.push(sample);
  BOOST_CHECK_THROW(r.next(), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_time_is_read_as_it_is_written) {
  auto when = time_from("2026-02-28T23:59:59.000250Z");
  BOOST_REQUIRE(when);
  BOOST_CHECK_EQUAL(to_time_text(*when), "2026-02-28T23:59:59.000250Z");
  BOOST_CHECK(time_from("2026-03-01T01:29:59.00025+01:30") == when);
  for (auto wrong : {"", "today", "2026-02-28T23:59:59", "2026-02-28",
                     "2026-02-28T23:59:59+1", "2026-02-28T23:59:59Zulu"})
    BOOST_CHECK(!time_from(wrong));
}

BOOST_AUTO_TEST_CASE(the_log_drops_the_oldest_and_tells) {
  wall_clock::time_point now{seconds{1}};
  event_log log{2, now};
  BOOST_CHECK(!log.aged());
  auto first = log.add("<a/>", now);
  log.add("<b/>", now);
  log.add("<c/>", now);
  BOOST_CHECK(log.aged() == first->when);
  BOOST_REQUIRE_EQUAL(log.events().size(), 2);
  BOOST_CHECK_EQUAL(log.events().front()->content, "<b/>");
  BOOST_CHECK(log.events().front()->when < log.events().back()->when);
}

BOOST_AUTO_TEST_CASE(an_outbox_keeps_order_time_and_pace) {
  outbox box;
  clock::time_point now{seconds{1}};
  box.add("a", {now + seconds{1}, {}});
  box.add("bc", {now, std::chrono::milliseconds{100}});
  BOOST_CHECK_EQUAL(box.size(), 3);
  BOOST_CHECK(box.ready(now).empty());
  BOOST_CHECK(box.wake_at(now) == now + seconds{1});
  now += seconds{1};
  BOOST_CHECK_EQUAL(box.ready(now), "a");
  box.consume(1, now);
  BOOST_CHECK_EQUAL(box.ready(now), "b");
  box.consume(1, now);
  BOOST_CHECK(box.ready(now).empty());
  now += std::chrono::milliseconds{100};
  BOOST_CHECK_EQUAL(box.ready(now), "c");
  box.consume(1, now);
  BOOST_CHECK(box.empty() && box.size() == 0);
  BOOST_CHECK(box.wake_at(now) == clock::time_point::max());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
