#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "io/text.h"
#include "io/xml.h"

namespace {

// A parsed text that releases itself
struct Tree {
  xml_tree *tree = nullptr;
  polar_status st{};
  polar_code code;
  explicit Tree(const std::string &text)
  {
    code = xml_parse("f.xml", text.data(), text.size(), &tree, &st);
  }
  ~Tree() { xml_free(tree); }
  const xml_node *root() const { return xml_root(tree); }
};

TEST(Xml, Tree)
{
  const Tree t("<?xml version=\"1.0\" ?>\n"
               "<!-- a comment -->\n"
               "<root a=\"1\" b=' two '>\n"
               "  before <x/> between\n"
               "  <y c=\"&lt;&#65;\">text <![CDATA[<raw> &amp;]]> end\n"
               "  </y>after<x>\n"
               "  <z/></x>\n"
               "</root>\n");
  ASSERT_EQ(t.code, POLAR_OK) << t.st.text;
  const xml_node *root = t.root();
  EXPECT_STREQ(root->name, "root");
  EXPECT_STREQ(root->file, "f.xml");
  EXPECT_EQ(root->line, 3);
  EXPECT_EQ(root->next, nullptr);
  ASSERT_EQ(root->nattribute, 2);
  EXPECT_STREQ(root->attribute[0].name, "a");
  EXPECT_STREQ(root->attribute[1].value, "two");
  EXPECT_STREQ(xml_value(root, "b"), "two");
  EXPECT_EQ(xml_value(root, "c"), nullptr);
  EXPECT_STREQ(root->text, "before  between\n  after");
  EXPECT_EQ(root->text_length, std::strlen(root->text));

  const xml_node *x = root->child, *y = x->next, *x2 = y->next;
  EXPECT_TRUE(xml_is(x, "x"));
  EXPECT_EQ(x->line, 4);
  EXPECT_STREQ(x->text, "");
  EXPECT_EQ(x->text_length, 0u);
  EXPECT_EQ(x->child, nullptr);
  EXPECT_EQ(y->line, 5);
  EXPECT_STREQ(xml_value(y, "c"), "<A");
  EXPECT_STREQ(y->text, "text <raw> &amp; end");
  EXPECT_EQ(x2->line, 6);
  EXPECT_EQ(x2->next, nullptr);
  EXPECT_EQ(x2->child->line, 7);

  EXPECT_EQ(xml_find(root->child, "x"), x);
  EXPECT_EQ(xml_find(x->next, "x"), x2);
  EXPECT_EQ(xml_find(root->child, "none"), nullptr);
  EXPECT_EQ(xml_find(nullptr, "x"), nullptr);
  EXPECT_EQ(xml_count(root, "x"), 2);
  EXPECT_EQ(xml_count(root, "z"), 0);
}

TEST(Xml, ByteOrderMarkAndEncoding)
{
  const Tree t("\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\xC3\x85</a>");
  ASSERT_EQ(t.code, POLAR_OK) << t.st.text;
  EXPECT_STREQ(t.root()->text, "\xC3\x85");
  const Tree latin("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<a>\xC5</a>");
  ASSERT_EQ(latin.code, POLAR_OK) << latin.st.text;
  EXPECT_STREQ(latin.root()->text, "\xC3\x85");
}

// A long text arrives from expat in pieces and does not fit the first buffers.
TEST(Xml, LongTextAndManyChildren)
{
  std::string number_list, text = "<a>\n";
  for (int i = 0; i < 30000; i++) number_list += std::to_string(i) + (i % 5 ? " " : "\n");
  for (int i = 0; i < 3000; i++) text += "<b i=\"" + std::to_string(i) + "\"/>\n";
  const Tree t(text + "<c>" + number_list + "</c></a>");
  ASSERT_EQ(t.code, POLAR_OK) << t.st.text;
  const xml_node *b = t.root()->child;
  for (int i = 0; i < 3000; i++, b = b->next) {
    EXPECT_STREQ(xml_value(b, "i"), std::to_string(i).c_str());
    EXPECT_EQ(b->line, i + 2);
  }
  std::vector<double> x(30000);
  polar_status st{};
  ASSERT_EQ(xml_doubles(b, x.size(), 0.5, x.data(), &st), POLAR_OK) << st.text;
  for (int i = 0; i < 30000; i++) ASSERT_EQ(x[i], 0.5 * i);
}

std::string nested(int depth)
{
  std::string s;
  for (int i = 0; i < depth; i++) s += "<e>\n";
  for (int i = 0; i < depth; i++) s += "</e>";
  return s;
}

TEST(Xml, Malformed)
{
  const struct {
    const char *what;
    std::string text;
    int line;
    const char *message;
  } cases[] = {
      {"empty", "", 1, "is empty"},
      {"blank", " \n\n ", 3, "is empty"},
      {"only a byte order mark", "\xEF\xBB\xBF", 1, "is empty"},
      {"text", "\n\n hello <a/>", 3, "not an XML file"},
      {"NUL", std::string("<a>\n\0</a>", 9), 2, "NUL byte"},
      {"UTF-16", std::string("\xFF\xFE<\0a\0/\0>\0", 10), 1, "NUL byte"},
      {"only a declaration", "<?xml version=\"1.0\"?>\n", 2, "not well-formed"},
      {"truncated in text", "<a>\n<b>\n1 2 3", 3, "ends inside <b> of line 2"},
      {"truncated in a tag", "<a>\n<b>\n</", 3, "ends inside <b> of line 2"},
      {"truncated in an attribute", "<a>\n<b x=\"1", 2, "ends inside <a> of line 1"},
      {"truncated in CDATA", "<a>\n<![CDATA[ x", 2, "ends inside <a> of line 1"},
      {"truncated in a comment", "<a>\n<!-- x", 2, "ends inside <a> of line 1"},
      {"truncated in a character", "<a>\n\xC3", 2, "ends inside <a> of line 1"},
      {"mismatch", "<a>\n<b>\n</a>", 3, "does not match <b> of line 2"},
      {"stray end", "<a>\n</a>\n</b>", 3, "not well-formed"},
      {"two roots", "<a/>\n<b/>", 2, "junk after document element"},
      {"text behind the root", "<a/>\n\nx", 3, "junk after document element"},
      {"duplicate attribute", "<a>\n<b x=\"1\" x=\"2\"/></a>", 2, "duplicate attribute"},
      {"attribute without quotes", "<a\nx=1/>", 2, "not well-formed"},
      {"undefined entity", "<a>\n&foo;</a>", 2, "undefined entity"},
      {"invalid UTF-8", "<a>\n\xC3(</a>", 2, "not well-formed"},
      {"control character", "<a>\n\x01</a>", 2, "not well-formed"},
      {"unknown encoding", "<?xml version=\"1.0\" encoding=\"KOI8\"?>\n<a/>", 1, "encoding"},
      {"too deep", nested(XML_MAX_DEPTH + 1), XML_MAX_DEPTH + 1, "deeper than 64"},
      {"document type", "<?xml version=\"1.0\"?>\n<!DOCTYPE a SYSTEM \"a.dtd\">\n<a/>", 2,
       "<!DOCTYPE a"},
      {"entities in entities",
       "<!DOCTYPE a [\n<!ENTITY b \"bbbbbbbbbb\">\n<!ENTITY c \"&b;&b;&b;&b;&b;&b;\">\n"
       "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;\">]>\n<a>&d;</a>",
       1, "entities"},
      {"external entity", "\n<!DOCTYPE a [<!ENTITY b SYSTEM \"/etc/passwd\">]>\n<a>&b;</a>", 2,
       "entities"},
  };
  for (const auto &c : cases) {
    const Tree t(c.text);
    EXPECT_EQ(t.code, POLAR_SYNTAX) << c.what;
    EXPECT_EQ(t.st.code, POLAR_SYNTAX) << c.what;
    EXPECT_EQ(t.st.line, c.line) << c.what << ": " << t.st.text;
    EXPECT_NE(std::strstr(t.st.text, c.message), nullptr) << c.what << ": " << t.st.text;
    const std::string place = "f.xml:" + std::to_string(c.line) + ": ";
    EXPECT_EQ(std::string(t.st.text).compare(0, place.size(), place), 0) << t.st.text;
    EXPECT_EQ(t.tree, nullptr) << c.what;
  }
  EXPECT_EQ(Tree(nested(XML_MAX_DEPTH)).code, POLAR_OK);
}

TEST(Xml, Limits)
{
  xml_tree *tree = nullptr;
  polar_status st{};
  // refused before a byte is looked at
  EXPECT_EQ(xml_parse("f.xml", "<a/>", TEXT_MAX_SIZE + 1, &tree, &st), POLAR_FILE);
  std::string text = "<a>";
  for (int i = 0; i < XML_MAX_NODES - 1; i++) text += "<b/>";
  EXPECT_EQ(Tree(text + "</a>").code, POLAR_OK);
  const Tree over(text + "\n<b/></a>");
  EXPECT_EQ(over.code, POLAR_SYNTAX);
  EXPECT_EQ(over.st.line, 2);
  EXPECT_NE(std::strstr(over.st.text, "2000000 elements"), nullptr) << over.st.text;
}

TEST(Xml, File)
{
  const std::string path = ::testing::TempDir() + "polar_xml_" + std::to_string(getpid()) + ".xml";
  std::ofstream(path) << "<a>\n<b>7</b></a>\n";
  xml_tree *tree = nullptr;
  polar_status st{};
  ASSERT_EQ(xml_read(path.c_str(), &tree, &st), POLAR_OK) << st.text;
  EXPECT_STREQ(xml_root(tree)->child->text, "7");
  EXPECT_STREQ(xml_root(tree)->child->file, path.c_str());
  xml_free(tree);
  tree = nullptr;
  std::ofstream(path) << "<a>\n<b>7</a>\n";
  EXPECT_EQ(xml_read(path.c_str(), &tree, &st), POLAR_SYNTAX);
  EXPECT_EQ(st.line, 2);
  EXPECT_EQ(xml_read(path.c_str(), &tree, nullptr), POLAR_SYNTAX) << "no status wanted";
  std::remove(path.c_str());
  EXPECT_EQ(xml_read(path.c_str(), &tree, &st), POLAR_FILE);
  EXPECT_NE(std::strstr(st.text, "No such file"), nullptr) << st.text;
  EXPECT_EQ(tree, nullptr);
  xml_free(nullptr);
}

TEST(XmlAccess, Numbers)
{
  const Tree t("<a i=\" -3\" x=\" 2.5D+00\">\n<v> 1 2.5\t-3D0\n4e2 </v>\n<n>-1\n0 1</n><e/></a>");
  ASSERT_EQ(t.code, POLAR_OK);
  const xml_node *v = t.root()->child, *n = v->next, *e = n->next;
  polar_status st{};
  double x[4], y = 0.0;
  int i[3], k = 0;
  ASSERT_EQ(xml_doubles(v, 4, 2.0, x, &st), POLAR_OK) << st.text;
  EXPECT_EQ(x[0], 2.0);
  EXPECT_EQ(x[1], 5.0);
  EXPECT_EQ(x[2], -6.0);
  EXPECT_EQ(x[3], 800.0);
  ASSERT_EQ(xml_ints(n, 3, -1, 1, i, &st), POLAR_OK) << st.text;
  EXPECT_EQ(i[0], -1);
  EXPECT_EQ(i[1], 0);
  EXPECT_EQ(i[2], 1);
  EXPECT_EQ(xml_doubles(e, 0, 1.0, x, &st), POLAR_OK);
  EXPECT_EQ(xml_attribute_int(t.root(), "i", -3, 0, &k, &st), POLAR_OK);
  EXPECT_EQ(k, -3);
  EXPECT_EQ(xml_attribute_double(t.root(), "x", &y, &st), POLAR_OK);
  EXPECT_EQ(y, 2.5);
}

TEST(XmlAccess, NumberErrors)
{
  const Tree t("<a i=\"4\" x=\"1,5\" big=\"9e999\">\n"
               "<v>1 2 3</v>\n"
               "<w>1 nan 3</w>\n"
               "<h>1 2 1e300</h>\n"
               "<s>1 2\n"
               "<t/></s></a>");
  ASSERT_EQ(t.code, POLAR_OK) << t.st.text;
  const xml_node *a = t.root(), *v = a->child, *w = v->next, *h = w->next, *s = h->next;
  double x[4];
  int i[4];
  polar_status st{};
  const auto expect = [&st](polar_code code, int line, const char *message) {
    EXPECT_EQ(code, POLAR_MODEL) << message;
    EXPECT_EQ(st.line, line) << message;
    EXPECT_NE(std::strstr(st.text, message), nullptr) << st.text;
    st = polar_status{};
  };
  expect(xml_doubles(v, 2, 1.0, x, &st), 2, "found 3 numbers in <v>, expected 2");
  expect(xml_doubles(v, 4, 1.0, x, &st), 2, "found 3 numbers in <v>, expected 4");
  expect(xml_check_count(v, 4, &st), 2, "found 3 numbers in <v>, expected 4");
  expect(xml_doubles(w, 3, 1.0, x, &st), 3, "number 2 of 3 in <w>, 'nan', is not a finite number");
  expect(xml_doubles(h, 3, 1e10, x, &st), 4, "too large after conversion");
  expect(xml_ints(h, 3, 0, 9, i, &st), 4, "number 3 of 3 in <h>, '1e300', is not an integer");
  expect(xml_ints(v, 3, 0, 2, i, &st), 2, "number 3 of 3 in <v> is 3, expected 0 to 2");
  expect(xml_doubles(s, 2, 1.0, x, &st), 6, "unexpected element <t> in <s>");
  expect(xml_attribute_int(a, "i", 0, 3, i, &st), 1, "i=\"4\" of <a> is out of range, expected 0");
  expect(xml_attribute_int(a, "x", 0, 3, i, &st), 1, "x=\"1,5\" of <a> is not an integer");
  expect(xml_attribute_int(a, "j", 0, 3, i, &st), 1, "<a> has no attribute 'j'");
  expect(xml_attribute_double(a, "x", x, &st), 1, "x=\"1,5\" of <a> is not a number");
  expect(xml_attribute_double(a, "big", x, &st), 1, "too large");
  expect(xml_attribute_double(a, "y", x, &st), 1, "<a> has no attribute 'y'");
}

TEST(XmlAccess, Structure)
{
  const Tree t("<a k=\"1\">\n<b/>\n<c/>\n<b>\n<d/>junk</b></a>");
  ASSERT_EQ(t.code, POLAR_OK);
  const xml_node *a = t.root(), *b = a->child, *c = b->next, *b2 = c->next, *one = nullptr;
  polar_status st{};
  const char *const none[] = {nullptr};
  const char *const k[] = {"j", "k", nullptr};
  const char *const bc[] = {"b", "c", nullptr};
  const char *const b_only[] = {"b", nullptr};
  const char *const d[] = {"d", nullptr};
  EXPECT_EQ(xml_allow_attributes(a, k, &st), POLAR_OK);
  EXPECT_EQ(xml_allow_attributes(b, none, &st), POLAR_OK);
  EXPECT_EQ(xml_allow_children(a, bc, &st), POLAR_OK);
  EXPECT_EQ(xml_one_child(a, "c", &one, &st), POLAR_OK);
  EXPECT_EQ(one, c);
  const auto expect = [&st](polar_code code, int line, const char *text) {
    EXPECT_EQ(code, POLAR_MODEL);
    EXPECT_EQ(st.line, line);
    EXPECT_STREQ(st.text, text);
  };
  expect(xml_allow_attributes(a, none, &st), 1,
         "f.xml:1: unknown attribute 'k' of <a>; known: none");
  expect(xml_allow_children(a, b_only, &st), 3, "f.xml:3: unknown element <c> in <a>; known: b");
  expect(xml_allow_children(b2, d, &st), 4, "f.xml:4: unexpected text 'junk' directly in <b>");
  expect(xml_one_child(a, "b", &one, &st), 4,
         "f.xml:4: second <b> in <a>, expected only that of line 2");
  expect(xml_one_child(a, "z", &one, &st), 1, "f.xml:1: <a> has no <z>, expected one");
}

} // namespace
