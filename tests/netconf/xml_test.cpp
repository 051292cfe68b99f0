#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/well_formed.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace tieline;
using namespace tieline::netconf;

namespace {

std::string nested(size_t depth) {
  std::string result;
  for (size_t i = 0; i < depth; ++i)
    result += "<a>";
  for (size_t i = 0; i < depth; ++i)
    result += "</a>";
  return result;
}

xml::scan_options as_fragment() {
  xml::scan_options result;
  result.fragment = true;
  result.prefixes["nc"] = "urn:nc";
  return result;
}

const char* const good_documents[] = {
  "<a/>",
  "<a></a >",
  "<a b='1' c = \"2\"/>",
  "<?xml version=\"1.0\"?><a/>",
  "\n<?xml version='1.0' encoding='UTF-8'?>\n<!-- x --><a/><!-- y -->\n",
  "\xef\xbb\xbf<a/>",
  "<a>x &amp; &lt; &gt; &quot; &apos; &#10; &#x1F600; y</a>",
  "<a><![CDATA[<b>&nothing;]]]]><![CDATA[>]]></a>",
  "<a><!-- <b> &nothing; --><?pi <b> ?></a>",
  "<p:a xmlns:p='urn:x'><p:b p:c='1'/></p:a>",
  "<a xmlns='urn:x'><a xmlns=''/></a>",
  "<a xml:lang='en'/>",
  "<a b='>' c=']]>'/>",
  "<_.-a9/>",
  "<\xc3\xa4>\xe2\x82\xac \xf0\x9f\x98\x80</\xc3\xa4>",
};

struct bad_row {
  const char* text;
  const char* problem;
};

const bad_row bad_documents[] = {
  {"", "no element"},
  {" ", "no element"},
  {"a", "text outside of an element, at byte 0"},
  {"<a/>b", "text outside of an element, at byte 4"},
  {"<a/><b/>", "a second element"},
  {"<a>", "<a> has no end tag"},
  {"<a><b></a></b>", "<b> ends with </a>, at byte 6"},
  {"</a>", "</a> without a start tag"},
  {"<a", "a start tag has no end"},
  {"<a/", "a start tag has no end"},
  {"<", "not a name"},
  {"< a/>", "not a name"},
  {"<1a/>", "not a name"},
  {"<a:/>", "not a name"},
  {"<:a/>", "not a name"},
  {"<a:b:c xmlns:a='urn:x'/>", "not a name"},
  {"<a></a", "an end tag has no end"},
  {"<a b/>", "an attribute has no value"},
  {"<a b=1/>", "no quotes"},
  {"<a b='1/>", "an attribute's value has no end"},
  {"<a b='<'/>", "< in an attribute's value"},
  {"<a b='1'c='2'/>", "not a name"},
  {"<a b='1' b='2'/>", "the attribute b is there twice"},
  {"<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", "b is there twice"},
  {"<a xmlns='u' xmlns='v'/>", "xmlns is there twice"},
  {"<p:a/>", "the prefix p is not declared"},
  {"<a p:b='1'/>", "the prefix p is not declared"},
  {"<a><b xmlns:p='u'/><p:c/></a>", "the prefix p is not declared"},
  {"<a xmlns:p=''/>", "the prefix p stands for nothing"},
  {"<a xmlns:xmlns='u'/>", "xmlns cannot be declared"},
  {"<a xmlns:xml='u'/>", "xml can only stand for"},
  {"<xmlns:a/>", "the prefix xmlns is not"},
  {"<a>&b;</a>", "&b; is not defined"},
  {"<a>&</a>", "& without a reference"},
  {"<a>& b</a>", "& without a reference"},
  {"<a b='&c;'/>", "&c; is not defined"},
  {"<a>&#0;</a>", "&#0; is not defined"},
  {"<a>&#x;</a>", "is not defined"},
  {"<a>&#xD800;</a>", "is not defined"},
  {"<a>&#x110000;</a>", "is not defined"},
  {"<a>&#99999999;</a>", "is not defined"},
  {"<a>]]></a>", "]]> in a text"},
  {"<a><!-- -- --></a>", "-- in a comment"},
  {"<a><!-- </a>", "a comment has no end"},
  {"<a><![CDATA[</a>", "a CDATA section has no end"},
  {"<![CDATA[a]]><a/>", "text outside of an element"},
  {"<a><?pi</a>", "a processing instruction's name goes on"},
  {"<a><?pi </a>", "a processing instruction has no end"},
  {"<a/><?xml version='1.0'?>", "an XML declaration that is not at the"},
  {"<!-- --><?XmL version='1.0'?><a/>", "an XML declaration that is not"},
  {"<!DOCTYPE a><a/>", "a document type is not allowed, at byte 0"},
  {"<a><!DOCTYPE b></a>", "a document type is not allowed"},
  {"<!ENTITY a 'b'><a/>", "a document type is not allowed"},
  {"<!doctype a><a/>", "a document type is not allowed"},
  {"<a>\x01</a>", "not a character of XML in UTF-8, at byte 3"},
  {"<a>\xff</a>", "not a character"},
  {"<a>\xc0\x80</a>", "not a character"},
  {"<a>\xed\xa0\x80</a>", "not a character"},
  {"<a>\xf4\x90\x80\x80</a>", "not a character"},
  {"<a>\xe2\x82</a>", "not a character"},
  {"<a>\xef\xbf\xbf</a>", "not a character"},
};

const char* const good_fragments[] = {
  "",
  " \n",
  "<a/>",
  "<a/> <b/>",
  "<a nc:operation='delete'/>",
  "<!-- --><nc:a/>",
};

const bad_row bad_fragments[] = {
  {"<?xml version='1.0'?><a/>", "an XML declaration"},
  {"<a/>b", "text outside of an element"},
  {"</rpc><rpc>", "</rpc> without a start tag"},
  {"<a></a></config>", "</config> without a start tag"},
  {"<q:a/>", "the prefix q is not declared"},
  {"<!DOCTYPE a>", "a document type is not allowed"},
};

/// Writes down what a scan tells.
struct listener : xml::handler {
  void starts(const xml::element& x) override {
    told.push_back('+' + std::to_string(x.depth) + std::string{x.name_space}
                   + '|' + std::string{x.local_name});
  }

  void ends(const xml::element& x) override {
    told.push_back(
      '-' + std::string{text.substr(x.begin, x.end - x.begin)} + '['
      + std::string{text.substr(x.content, x.content_end - x.content)} + ']');
  }

  std::string_view text;
  std::vector<std::string> told;
};

} // namespace

BOOST_AUTO_TEST_SUITE(xml_test)

BOOST_AUTO_TEST_CASE(good_documents_pass) {
  for (const auto* x : good_documents)
    BOOST_TEST_CONTEXT(x) {
      BOOST_TEST(xml::scan(x) == "");
      BOOST_TEST(!!xml::document::parse(x));
    }
}

BOOST_AUTO_TEST_CASE(bad_documents_are_named) {
  for (const auto& x : bad_documents)
    BOOST_TEST_CONTEXT(x.text) {
      auto problem = xml::scan(x.text);
      BOOST_TEST(problem.find(x.problem) != std::string::npos, problem);
      auto parsed = xml::document::parse(x.text);
      BOOST_REQUIRE(!parsed);
      BOOST_TEST((code_of(parsed.error()) == errc::protocol_error));
    }
}

BOOST_AUTO_TEST_CASE(a_document_cut_off_anywhere_is_no_document) {
  const std::string whole = "<?xml version='1.0'?><a b='1'>x&amp;<!-- - -->"
                            "<![CDATA[]]]><c/><?d e?></a>";
  BOOST_TEST(xml::scan(whole) == "");
  for (size_t i = 0; i < whole.size(); ++i)
    BOOST_TEST_CONTEXT(whole.substr(0, i))
  BOOST_TEST(xml::scan(whole.substr(0, i)) != "");
}

BOOST_AUTO_TEST_CASE(fragments_are_checked_as_they_will_stand) {
  for (const auto* x : good_fragments)
    BOOST_TEST_CONTEXT(x)
  BOOST_TEST(xml::scan(x, as_fragment()) == "");
  for (const auto& x : bad_fragments)
    BOOST_TEST_CONTEXT(x.text) {
      auto problem = xml::scan(x.text, as_fragment());
      BOOST_TEST(problem.find(x.problem) != std::string::npos, problem);
    }
}

BOOST_AUTO_TEST_CASE(the_depth_is_limited_to_what_was_asked_for) {
  BOOST_TEST(xml::scan(nested(256)) == "");
  auto problem = xml::scan(nested(257));
  BOOST_TEST(problem.find("deeper than 256") != std::string::npos, problem);
  // No recursion: this would end a stack.
  problem = xml::scan(nested(3000000));
  BOOST_TEST(problem.find("deeper than 256") != std::string::npos, problem);
  xml::scan_options deep;
  deep.depth = 3000000;
  BOOST_TEST(xml::scan(nested(3000000), deep) == "");
}

BOOST_AUTO_TEST_CASE(an_entity_bomb_is_refused_at_its_first_byte) {
  const char* bomb = "<!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b "
                     "\"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><lolz>&b;</lolz>";
  BOOST_TEST(xml::scan(bomb) == "a document type is not allowed, at byte 0");
}

// None would end in the suite's time if it took more than near to linear time.
BOOST_AUTO_TEST_CASE(hostile_texts_take_no_longer_than_others) {
  std::string many_attributes = "<a";
  for (int i = 0; i < 200000; ++i)
    many_attributes += " b" + std::to_string(i) + "=''";
  BOOST_TEST(xml::scan(many_attributes + "/>").find("more than 1000")
             != std::string::npos);
  std::string declarations = "<r>";
  std::string ends;
  for (int i = 0; i < 10; ++i) {
    declarations += "<a";
    for (int j = 0; j < 900; ++j)
      declarations += " xmlns:p" + std::to_string(1000 * i + j) + "='u'";
    declarations += '>';
    ends += "</a>";
  }
  BOOST_TEST(xml::scan(declarations + ends + "</r>").find("more than 4000")
             != std::string::npos);
  std::string siblings = "<r xmlns:p='u'>";
  for (int i = 0; i < 500000; ++i)
    siblings += "<p:a/>";
  BOOST_TEST(xml::scan(siblings + "</r>") == "");
  std::string names = "<r>";
  for (int i = 0; i < 500000; ++i)
    names += "<a" + std::to_string(i) + "/>";
  BOOST_TEST(xml::scan(names + "</r>") == "");
  std::string comment = "<r><!--" + std::string(8 << 20, '-');
  BOOST_TEST(xml::scan(comment).find("-- in a comment") != std::string::npos);
  comment = "<r><!--" + std::string(8 << 20, 'x');
  BOOST_TEST(xml::scan(comment).find("has no end") != std::string::npos);
  std::string ampersands = "<r>" + std::string(8 << 20, '&');
  BOOST_TEST(xml::scan(ampersands) != "");
  std::string brackets = "<r>" + std::string(8 << 20, ']') + "</r>";
  BOOST_TEST(xml::scan(brackets) == "");
}

BOOST_AUTO_TEST_CASE(a_scan_tells_where_elements_are_and_whose) {
  listener told;
  told.text = "<p:a xmlns:p='u'><b/><c xmlns='v'>x</c></p:a>";
  BOOST_TEST(xml::scan(told.text, {}, told) == "");
  const std::vector<std::string> expected{
    "+1u|a",
    "+2|b",
    "-<b/>[]",
    "+2v|c",
    "-<c xmlns='v'>x</c>[x]",
    "-" + std::string{told.text} + "[<b/><c xmlns='v'>x</c>]",
  };
  BOOST_TEST(told.told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(elements_are_found_by_namespace_not_by_prefix) {
  auto parsed = xml::document::parse(
    "<a xmlns='u' xmlns:p='v'><p:b>1</p:b><b>2</b><b xmlns='v'>3</b></a>");
  BOOST_REQUIRE(parsed);
  auto root = parsed->root();
  BOOST_TEST(xml::is(root, "u", "a"));
  BOOST_TEST(xml::text(xml::child(root, "u", "b")) == "2");
  BOOST_TEST(xml::text(xml::child(root, "v", "b")) == "1");
  BOOST_TEST(!xml::child(root, "w", "b"));
  BOOST_TEST(xml::local_name(root.last_child()) == "b");
  BOOST_TEST(xml::namespace_of(root.last_child()) == "v");
}

BOOST_AUTO_TEST_CASE(texts_are_read_as_they_were_meant) {
  auto parsed
    = xml::document::parse("<a>\n x &lt;&#65; <![CDATA[<&]]> <b>no</b>\n</a>");
  BOOST_REQUIRE(parsed);
  BOOST_TEST(xml::text(parsed->root()) == "x <A <&");
  BOOST_TEST(xml::inner(parsed->root()).find("<b>no</b>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_was_escaped_is_read_as_it_was) {
  const std::string text = "a<b>&amp;\"'\t\r\n ]]> \xc3\xa4";
  auto parsed = xml::document::parse("<a b=\"" + xml::escape(text) + "\">"
                                     + xml::escape(text) + "</a>");
  BOOST_REQUIRE(parsed);
  BOOST_TEST(parsed->root().attribute("b").value() == text);
  BOOST_TEST(parsed->root().text().get() == text);
}

BOOST_AUTO_TEST_SUITE_END()
