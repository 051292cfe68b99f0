#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/message_layer.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/operations.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace tieline;
using namespace tieline::netconf;

namespace {

const std::string base = "urn:ietf:params:xml:ns:netconf:base:1.0";

const capabilities ours{
  {std::string{capability::base_1_0}, std::string{capability::base_1_1}}};

std::string answer_to(int id, const std::string& content) {
  return "<rpc-reply xmlns=\"" + base + "\" message-id=\"" + std::to_string(id)
         + "\">" + content + "</rpc-reply>";
}

std::string event_text(const std::string& content) {
  return "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:"
         "1.0\"><eventTime>2026-01-31T03:00:00Z</eventTime>"
         + content + "</notification>";
}

const std::string last_event = event_text(
  "<notificationComplete "
  "xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"/>");

const std::string failed_answer
  = "<rpc-error><error-tag>in-use</error-tag><error-severity>error"
    "</error-severity></rpc-error>";

/// A peer that a test plays, and what came of it.
class played {
public:
  explicit played(std::vector<std::string> theirs,
                  message_layer::limits most = {})
    : client(ours, most) {
    can = capabilities{std::move(theirs)};
    auto chosen = choose_framing(ours, can);
    framing_ = chosen ? *chosen : framing::end_of_message;
  }

  void say_hello() {
    sent();
    says_raw(*frame(make_hello({can, 7}), framing::end_of_message));
    reader_.use(framing_);
  }

  /// Returns the messages that were sent since the last time.
  /// @param taken of the output, before
  std::vector<std::string> sent(const std::string& taken = {}) {
    reader_.push(taken + client.take_output());
    std::vector<std::string> result;
    for (;;) {
      auto got = reader_.next();
      BOOST_REQUIRE(got);
      if (!*got)
        return result;
      result.push_back(std::move(**got));
    }
  }

  void says(const std::string& message) {
    says_raw(*frame(message, framing_));
  }

  void says_raw(const std::string& bytes) {
    client.push(bytes);
    for (;;) {
      auto got = client.next();
      if (!got) {
        error = got.error();
        return;
      }
      if (!*got)
        return;
      std::visit([this](auto& x) { note(x); }, **got);
    }
  }

  errc failed() const {
    return code_of(error);
  }

  message_layer client;
  capabilities can;
  /// As `1: output`, `2! error`, `3? event`, in their order.
  std::vector<std::string> seen;
  std::vector<caf::expected<reply>> results;
  caf::error error;

private:
  void note(message_layer::opened&) {
    seen.emplace_back("open");
  }

  void note(message_layer::answered& x) {
    seen.push_back(std::to_string(x.id)
                   + (x.result ? ": " + x.result->output
                               : "! " + failure_of(x.result.error()).cause));
    results.push_back(std::move(x.result));
  }

  void note(message_layer::told& x) {
    seen.push_back(std::to_string(x.id) + (x.problem.empty() ? "? " : "?! ")
                   + x.text);
  }

  framing framing_;
  frame_reader reader_;
};

const std::string v10{capability::base_1_0};
const std::string v11{capability::base_1_1};
const std::string notifying{capability::notification};
const std::string interleaving{capability::interleave};

using texts = std::vector<std::string>;

/// A sink, since who subscribes has to name one. It is told nothing here.
struct with_sink {
  request operator()(request what) {
    what.sink = sink;
    return what;
  }

  caf::actor_system_config config;
  caf::actor_system sys{config};
  sink_actor sink = sys.spawn([](sink_actor::pointer) {
    return sink_actor::behavior_type{[](const chunk&) {}};
  });
};

void check_code(const caf::expected<uint64_t>& got, errc code) {
  BOOST_REQUIRE(!got);
  BOOST_TEST((code_of(got.error()) == code), describe(got.error()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(message_layer_test)

BOOST_AUTO_TEST_CASE(both_say_hello_then_requests_are_taken) {
  for (const auto& theirs : {texts{v10}, texts{v11}, texts{v10, v11}}) {
    played peer{theirs};
    check_code(peer.client.submit(get()), errc::not_open);
    BOOST_TEST(peer.client.submit_close() == 0u);
    auto hellos = peer.sent();
    BOOST_REQUIRE(hellos.size() == 1u);
    auto heard = read_hello(hellos.front(), side::client);
    BOOST_REQUIRE(heard);
    BOOST_TEST(heard->can.has(v10));
    BOOST_TEST(heard->can.has(v11));
    BOOST_TEST(!peer.client.is_open());
    peer.say_hello();
    BOOST_TEST(peer.seen == texts{"open"}, boost::test_tools::per_element());
    BOOST_TEST(peer.client.is_open());
    BOOST_TEST(*peer.client.peer().session_id == 7u);
    BOOST_TEST(*peer.client.submit(get()) == 1u);
    auto asked = peer.sent();
    BOOST_REQUIRE(asked.size() == 1u);
    BOOST_TEST(asked.front().find("message-id=\"1\"><get/></rpc>")
               != std::string::npos);
    peer.says(answer_to(1, "<data/>"));
    BOOST_TEST(peer.seen.back() == "1: <data xmlns=\"" + base + "\"/>");
    BOOST_TEST(peer.results.back()->attributes.at("session-id") == "7");
  }
}

BOOST_AUTO_TEST_CASE(answers_behind_the_hello_in_one_piece_are_read) {
  played peer{{v11}};
  peer.sent();
  auto hello = *frame(make_hello({peer.can, 7}), framing::end_of_message);
  auto event = *frame(event_text("<a/>"), framing::chunked);
  peer.says_raw(hello + event);
  BOOST_TEST(peer.seen == texts{"open"}, boost::test_tools::per_element());
  BOOST_TEST((peer.failed() == errc::none));
}

BOOST_AUTO_TEST_CASE(a_frame_may_begin_early) {
  for (const auto& [theirs, ahead] :
       {std::pair{texts{v11}, "\n"}, std::pair{texts{v10}, ""}}) {
    played peer{theirs};
    peer.say_hello();
    peer.client.begin_frame();
    peer.client.begin_frame();
    auto begun = peer.client.take_output();
    BOOST_TEST(begun == ahead);
    BOOST_TEST(*peer.client.submit(get()) == 1u);
    BOOST_TEST(*peer.client.submit(get()) == 2u);
    BOOST_TEST(peer.sent(begun).size() == 2u);
  }
}

BOOST_AUTO_TEST_CASE(a_bad_beginning_ends_the_session) {
  const std::tuple<std::string, texts, errc> rows[] = {
    {"Permission denied\n]]>]]>", {v10}, errc::protocol_error},
    {answer_to(1, "<ok/>") + "]]>]]>", {v10}, errc::protocol_error},
    {*frame(make_hello({ours, std::nullopt}) + "\n", framing::end_of_message),
     {v10},
     errc::protocol_error},
    {*frame(make_hello({capabilities{{"urn:x"}}, 7}), framing::end_of_message),
     {v10},
     errc::unsupported},
  };
  for (const auto& [bytes, theirs, code] : rows)
    BOOST_TEST_CONTEXT(bytes) {
      played peer{theirs};
      peer.says_raw(bytes);
      BOOST_TEST((peer.failed() == code));
      BOOST_TEST(peer.seen.empty());
      check_code(peer.client.submit(get()), errc::not_open);
    }
}

BOOST_AUTO_TEST_CASE(many_questions_are_answered_by_their_ids) {
  played peer{{v11}};
  peer.say_hello();
  for (uint64_t i = 1; i <= 3; ++i)
    BOOST_TEST(*peer.client.submit(lock("running")) == i);
  BOOST_TEST(peer.sent().size() == 3u);
  peer.says(answer_to(1, "<ok/>"));
  peer.says(answer_to(3, "<ok/>"));
  peer.says(answer_to(2, failed_answer));
  const texts expected{"open", "1: ", "3: ", "2! in-use"};
  BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
  BOOST_TEST((peer.failed() == errc::none));
}

BOOST_AUTO_TEST_CASE(an_answer_to_nothing_ends_the_session) {
  for (const auto& bad :
       {answer_to(2, "<ok/>"), answer_to(0, "<ok/>"),
        "<rpc-reply xmlns=\"" + base + "\" message-id=\"x\"><ok/></rpc-reply>",
        "<hello xmlns=\"" + base + "\"/>", std::string{"<rpc-reply"},
        std::string{"M\xfcnchen"}})
    BOOST_TEST_CONTEXT(bad) {
      played peer{{v11}};
      peer.say_hello();
      peer.client.submit(get());
      peer.says(bad);
      BOOST_TEST((peer.failed() == errc::protocol_error));
      BOOST_TEST(peer.seen.size() == 1u);
    }
  played peer{{v11}};
  peer.say_hello();
  peer.client.submit(get());
  peer.says(answer_to(1, "<ok/>"));
  peer.says(answer_to(1, "<ok/>"));
  BOOST_TEST((peer.failed() == errc::protocol_error));
}

BOOST_AUTO_TEST_CASE(a_session_may_have_no_id) {
  played peer{{v10}};
  peer.sent();
  peer.says_raw(
    *frame(make_hello({peer.can, std::nullopt}), framing::end_of_message));
  BOOST_TEST(peer.seen == texts{"open"}, boost::test_tools::per_element());
  BOOST_TEST(!!peer.client.submit(lock("running")));
  peer.says(answer_to(1, "<ok/>"));
  BOOST_REQUIRE(peer.results.size() == 1u);
  BOOST_REQUIRE(peer.results.front());
  BOOST_TEST(peer.results.front()->attributes.count("session-id") == 0u);
  auto what = get();
  what.attributes["on-session"] = "7";
  check_code(peer.client.submit(what), errc::canceled);
}

BOOST_AUTO_TEST_CASE(an_answer_without_an_id_is_for_the_oldest_question) {
  const std::string bare = "<rpc-reply xmlns=\"" + base + "\">";
  played peer{{v11}};
  peer.say_hello();
  for (int i = 0; i < 4; ++i)
    peer.client.submit(get());
  peer.client.forget(2);
  peer.says(bare + "<ok/></rpc-reply>");
  peer.says("<rpc-reply><data/></rpc-reply>");
  peer.says("<nc:rpc-reply xmlns:nc=\"" + base
            + "\" nc:message-id=\" 4\n\"><nc:ok/></nc:rpc-reply>");
  peer.says("<rpc-error xmlns=\"" + base
            + "\"><error-tag>e</error-tag></rpc-error>");
  const texts expected{"open", "1: ", "4: ", "3! e"};
  BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
  BOOST_TEST((peer.failed() == errc::none));
  // Nobody has asked.
  peer.says(bare + "<ok/></rpc-reply>");
  BOOST_TEST((peer.failed() == errc::protocol_error));
}

BOOST_AUTO_TEST_CASE(an_error_without_an_id_is_for_the_oldest_question) {
  played peer{{v11}};
  peer.say_hello();
  peer.client.submit(get());
  peer.client.submit(get());
  peer.says("<rpc-reply xmlns=\"" + base + "\">" + failed_answer
            + "</rpc-reply>");
  peer.says(answer_to(2, "<ok/>"));
  const texts expected{"open", "1! in-use", "2: "};
  BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_malformed_answer_costs_its_request_only) {
  for (const auto& version : {v10, v11})
    for (const auto* bad : {"<data>M\xfcnchen</data>", "<data>", "&x;"})
      BOOST_TEST_CONTEXT(version << ' ' << bad) {
        played peer{{version}};
        peer.say_hello();
        for (int i = 0; i < 4; ++i)
          peer.client.submit(get());
        peer.client.forget(3);
        peer.says(answer_to(1, bad));
        peer.says(answer_to(2, "<ok/>"));
        peer.says(answer_to(3, bad));
        peer.says("<rpc-reply xmlns=\"" + base + "\">" + bad + "</rpc-reply>");
        BOOST_TEST((peer.failed() == errc::none));
        BOOST_REQUIRE(peer.seen.size() == 4u);
        BOOST_TEST(peer.seen[1].rfind("1! bad message: ", 0) == 0u);
        BOOST_TEST(peer.seen[2] == "2: ");
        BOOST_TEST(peer.seen[3].rfind("4! bad message: ", 0) == 0u);
        auto why = peer.results.front().error();
        BOOST_TEST((code_of(why) == errc::protocol_error));
        BOOST_TEST((failure_of(why).at == step::execute));
        BOOST_TEST(failure_of(why).cause.find(", at byte ")
                   != std::string::npos);
      }
}

BOOST_AUTO_TEST_CASE(a_lenient_session_repairs_what_it_can) {
  message_layer::limits most;
  most.lenient = true;
  played peer{{v11}, most};
  peer.say_hello();
  peer.client.submit(get());
  peer.says(answer_to(1, "<data>M\xfcnchen</data>"));
  BOOST_REQUIRE(peer.results.size() == 1u);
  BOOST_REQUIRE(peer.results.front());
  BOOST_TEST(peer.results.front()->attributes.at("repaired") == "1");
  BOOST_TEST(peer.seen.back().find("M\xc3\xbcnchen") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(line_feeds_and_ends_too_many_do_no_harm) {
  for (const auto& [version, extra] : {std::pair{v11, "\n"},
                                       {v11, "\r\n\n"},
                                       {v10, "\n"},
                                       {v10, "]]>]]>"},
                                       {v10, "\r\n]]>]]>\n"}}) {
    played peer{{version}};
    peer.say_hello();
    for (int i = 1; i <= 3; ++i) {
      peer.client.submit(get());
      peer.says(answer_to(i, "<ok/>"));
      peer.says_raw(extra);
    }
    const texts expected{"open", "1: ", "2: ", "3: "};
    BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
    BOOST_TEST((peer.failed() == errc::none));
  }
}

BOOST_FIXTURE_TEST_CASE(a_malformed_event_is_told_as_such, with_sink) {
  const std::string timeless
    = "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:"
      "1.0\"><eventTime/><a/></notification>";
  const auto bad_bytes = event_text("<a>M\xfcnchen</a>");
  played peer{{v11, notifying}};
  peer.say_hello();
  // To nobody yet.
  peer.says(timeless);
  peer.client.submit((*this)(create_subscription()));
  peer.says(answer_to(1, "<ok/>"));
  peer.says(event_text("<a/>"));
  peer.says(timeless);
  peer.says(bad_bytes);
  peer.says(event_text("<b/>"));
  const texts expected{"open", "1? " + event_text("<a/>"), "1?! " + timeless,
                       "1?! " + bad_bytes, "1? " + event_text("<b/>")};
  BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
  BOOST_TEST((peer.failed() == errc::none));
}

BOOST_AUTO_TEST_CASE(what_was_given_up_is_answered_to_nobody) {
  played peer{{v11}};
  peer.say_hello();
  peer.client.submit(get());
  peer.client.submit(get());
  peer.client.forget(1);
  peer.says(answer_to(1, "<data/>"));
  peer.says(answer_to(2, "<ok/>"));
  const texts expected{"open", "2: "};
  BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
  BOOST_TEST((peer.failed() == errc::none));
}

BOOST_AUTO_TEST_CASE(an_answer_above_its_limit_costs_the_request_only) {
  played peer{{v11}};
  peer.say_hello();
  auto limited = raw("<get/>");
  limited.output_limit = 10;
  peer.client.submit(limited);
  peer.client.submit(limited);
  peer.says(answer_to(1, "<data>" + std::string(100, 'x') + "</data>"));
  peer.says(answer_to(2, "<ok/>"));
  const texts expected{"open", "1! more than 10 bytes", "2: "};
  BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
  BOOST_TEST((code_of(peer.results.front().error()) == errc::output_limit));
}

BOOST_AUTO_TEST_CASE(a_message_above_the_limit_costs_the_session) {
  message_layer::limits most;
  most.message = 1000;
  played peer{{v11}, most};
  peer.say_hello();
  peer.client.submit(get());
  peer.client.submit(get());
  peer.says(answer_to(1, "<data>" + std::string(1000, 'x') + "</data>"));
  BOOST_REQUIRE(peer.results.size() == 1u);
  BOOST_TEST((code_of(peer.results.front().error()) == errc::output_limit));
  BOOST_TEST((peer.failed() == errc::output_limit));
}

BOOST_AUTO_TEST_CASE(a_request_that_cannot_be_sent_takes_no_id) {
  played peer{{v10}};
  peer.say_hello();
  check_code(peer.client.submit(raw("<get>")), errc::invalid_request);
  check_code(peer.client.submit(commit()), errc::unsupported);
  check_code(peer.client.submit(raw("<get a=\"]]>]]>\"/>")),
             errc::invalid_request);
  BOOST_TEST(peer.sent().empty());
  BOOST_TEST(*peer.client.submit(get()) == 1u);
}

BOOST_AUTO_TEST_CASE(a_request_can_be_for_one_session_only) {
  played peer{{v11}};
  peer.say_hello();
  auto what = get();
  what.attributes["on-session"] = "7";
  BOOST_TEST(!!peer.client.submit(what));
  what.attributes["on-session"] = "8";
  check_code(peer.client.submit(what), errc::canceled);
  what.attributes["on-session"] = "x";
  check_code(peer.client.submit(what), errc::invalid_request);
}

BOOST_AUTO_TEST_CASE(a_schema_is_its_text_unless_asked_for_as_xml) {
  played peer{{v11, std::string{uri::monitoring}}};
  peer.say_hello();
  peer.client.submit(get_schema("a"));
  peer.client.submit(
    raw("<get-schema xmlns='" + std::string{uri::monitoring} + "'/>"));
  const auto data = "<data xmlns='" + std::string{uri::monitoring}
                    + "'>a&lt;b</data>";
  peer.says(answer_to(1, data));
  peer.says(answer_to(2, data));
  const texts expected{"open", "1: a<b", "2: " + data};
  BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(events_are_told_until_the_last, with_sink) {
  played peer{{v11, notifying}};
  peer.say_hello();
  auto& client = peer.client;
  check_code(client.submit(create_subscription()), errc::invalid_request);
  BOOST_TEST(*client.submit((*this)(create_subscription())) == 1u);
  // An event before the answer.
  peer.says(event_text("<a/>"));
  peer.says(answer_to(1, "<ok/>"));
  peer.says(event_text("<b/>"));
  check_code(client.submit(get()), errc::unsupported);
  check_code(client.submit((*this)(create_subscription())),
             errc::invalid_request);
  peer.says(last_event);
  BOOST_TEST(*client.submit(get()) == 2u);
  const texts expected{"open", "1? " + event_text("<a/>"),
                       "1? " + event_text("<b/>"), "1? " + last_event, "1: "};
  BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_subscription_that_is_refused_is_none, with_sink) {
  played peer{{v11, notifying}};
  peer.say_hello();
  peer.client.submit((*this)(create_subscription()));
  peer.says(answer_to(1, failed_answer));
  peer.says(event_text("<a/>"));
  BOOST_TEST(!!peer.client.submit(get()));
  const texts expected{"open", "1! in-use"};
  BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(with_interleave_all_goes_on_beside_it, with_sink) {
  for (const auto& subscribe :
       {create_subscription(), raw("<create-subscription xmlns='"
                                   + std::string{uri::notification} + "'/>")}) {
    played peer{{v11, notifying, interleaving}};
    peer.say_hello();
    peer.client.submit((*this)(subscribe));
    peer.says(answer_to(1, "<ok/>"));
    BOOST_TEST(*peer.client.submit(get()) == 2u);
    peer.says(event_text("<a/>"));
    peer.says(answer_to(2, "<ok/>"));
    const texts expected{"open", "1? " + event_text("<a/>"), "2: "};
    BOOST_TEST(peer.seen == expected, boost::test_tools::per_element());
  }
}

BOOST_FIXTURE_TEST_CASE(without_it_the_session_can_still_be_closed, with_sink) {
  played peer{{v11, notifying}};
  peer.say_hello();
  peer.client.submit((*this)(create_subscription()));
  peer.says(answer_to(1, "<ok/>"));
  peer.sent();
  BOOST_TEST(peer.client.submit_close() == 2u);
  auto asked = peer.sent();
  BOOST_REQUIRE(asked.size() == 1u);
  BOOST_TEST(asked.front().find("<close-session/>") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_subscription_that_was_given_up_tells_nothing,
                        with_sink) {
  played peer{{v11, notifying}};
  peer.say_hello();
  peer.client.submit((*this)(create_subscription()));
  peer.client.forget(1);
  peer.says(event_text("<a/>"));
  peer.says(answer_to(1, "<ok/>"));
  peer.says(event_text("<b/>"));
  peer.says(last_event);
  BOOST_TEST(peer.seen == texts{"open"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_stream_is_explained) {
  played peer{{v11}};
  BOOST_TEST(peer.client.describe_end().find("before its hello")
             != std::string::npos);
  peer.say_hello();
  BOOST_TEST(peer.client.describe_end() == "the peer has ended the session");
  peer.says_raw("\n#5\nab");
  BOOST_TEST(peer.client.describe_end().find("middle of a message")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
