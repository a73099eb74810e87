#include <foldline_tests/sales/v1/sales.pb.h>
#include <foldline/projections/projection.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

using namespace foldline;

/// A projection that only says what it is.
class described final : public projection {
public:
    std::vector<read_model_table> kept;
    std::vector<projected_event> wanted;
    std::uint32_t number = 1;

    [[nodiscard]] std::string_view name() const override { return "sales"; }
    [[nodiscard]] std::uint32_t version() const override { return number; }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return kept; }
    [[nodiscard]] std::span<const projected_event> events() const override { return wanted; }
    void apply(std::size_t, const google::protobuf::Message&, const event_view&, sql_session&) override {}
};

described sales() {
    described made;
    made.kept = {{"sales", "create table sales (country text, units integer)"}, {"days", "create table days (d)"}};
    made.wanted = {{{"item-sold", 2}, nullptr}, {{"item-returned", 1}, nullptr}};
    return made;
}

std::string after_change(void (*change)(described&)) {
    described changed = sales();
    change(changed);
    return definition_difference(definition_of(sales()), definition_of(changed));
}

}  // namespace

TEST_CASE("definition: is a line for each thing that the rows depend on") {
    CHECK(definition_of(sales()) ==
          "projection sales 1\n"
          "table days create table days (d)\n"
          "table sales create table sales (country text, units integer)\n"
          "event item-returned@1\n"
          "event item-sold@2\n");
}

TEST_CASE("definition: the order in which tables and events are named does not matter") {
    CHECK(after_change([](described& changed) {
              std::swap(changed.kept[0], changed.kept[1]);
              std::swap(changed.wanted[0], changed.wanted[1]);
          }).empty());
}

TEST_CASE("definition: spaces, lines and comments between the words of a statement do not matter") {
    CHECK(after_change([](described& changed) {
              changed.kept[0].create =
                  "\n  create table sales (country text,   -- don't translate it\n\t/* \"sold\n */ units integer)\n";
          }).empty());
}

TEST_CASE("definition: spaces and dashes inside quotes do matter, and a line's end is no new line") {
    described quoted = sales();
    quoted.kept = {{"t", "create table t (a default 'x  --\n y', \"b  c\", [d  e], `f  g`) -- end"}};
    CHECK(definition_of(quoted).find("table t create table t (a default 'x  --\\n y', \"b  c\", [d  e], `f  g`)\n") !=
          std::string::npos);
    CHECK(after_change([](described& changed) { changed.kept[0].create += " default ''"; }) ==
          "the table sales is made by other statements");
}

TEST_CASE("definition: text that ends within quotes or a comment is taken as it is") {
    for (const char* text : {"create 'a", "create /* b", "create -- c", "create [d", "-", "/", ""}) {
        CAPTURE(text);
        described broken = sales();
        broken.kept = {{"t", text}};
        CHECK(definition_difference(definition_of(broken), definition_of(broken)).empty());
    }
}

TEST_CASE("definition: what differs is said in a sentence") {
    CHECK(after_change([](described&) {}).empty());
    CHECK(after_change([](described& changed) {
              changed.kept[0].create = "create table sales (country text)";
              changed.wanted.push_back({{"order-placed", 3}, nullptr});
          }) == "the table sales is made by other statements; it now also handles order-placed@3");
    CHECK(after_change([](described& changed) {
              changed.kept.erase(changed.kept.begin());
              changed.kept.push_back({"weeks", "create table weeks (w)"});
          }) == "it now also keeps the table weeks; it no longer keeps the table sales");
    CHECK(after_change([](described& changed) { changed.wanted[0].type.version = 3; }) ==
          "it now also handles item-sold@3; it no longer handles item-sold@2");
    CHECK(after_change([](described& changed) { changed.wanted.clear(); }) ==
          "it no longer handles item-returned@1, item-sold@2");
    CHECK(after_change([](described& changed) { changed.number = 2; }) == "it was 'sales 1' and is 'sales 2'");
}

TEST_CASE("definition: what a newer program wrote down differs, whatever it means") {
    const std::string known = definition_of(sales());
    CHECK_FALSE(definition_difference(known + "colour green\n", known).empty());
    CHECK_FALSE(definition_difference("", known).empty());
}

TEST_CASE("definition: one that keeps order by streams gives the stream as the key") {
    const described projection = sales();
    event_view event;
    event.stream = {"till", "7"};
    CHECK_FALSE(projection.has_order_key());
    CHECK(projection.order_key(0, foldline_tests::sales::v1::ItemSold{}, event) == "till-7");
}
