// SQL over events against tables of SQLite's own that hold the same rows: whatever a scan takes over from SQLite, no
// row may be missing, doubled or out of order.

#include "copied_world.hpp"
#include "support/seed.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <random>
#include <string>
#include <vector>

using namespace foldline_tests;

TEST_CASE("sql answers: comparisons of every kind of value with every kind of column") {
    std::mt19937_64 random{7};
    copied_world world{random};
    const std::vector<std::string> values{"5",
                                          "'5'",
                                          "5.0",
                                          "'5.0'",
                                          "'05'",
                                          "' 5'",
                                          "0",
                                          "-1",
                                          "''",
                                          "null",
                                          "'a'",
                                          "x'61'",
                                          "x''",
                                          "'GREEN'",
                                          "1",
                                          "'1'",
                                          "1.5",
                                          "'even'",
                                          "'even-1'",
                                          "'e5'",
                                          "18446744073709551615",
                                          "'18446744073709551615'",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "1e300",
                                          "-1e300",
                                          "true",
                                          "(select '2')",
                                          "(select 2)",
                                          "cast('2' as integer)",
                                          "cast(2 as text)",
                                          "'2010'",
                                          "'9'",
                                          "'kinds-listed'",
                                          "2",
                                          "'2'",
                                          "'zzzz'"};
    for (const char* column :
         {"position",    "stream",         "category",    "id",         "version", "schema_version",
          "recorded_at", "recorded_at_us", "occurred_at", "event_part", "text",    "small",
          "large",       "large_unsigned", "fine",        "raw",        "maybe",   "flag",
          "colour",      "\"part.name\"",  "new_field",   "numbers",    "actor"})
        for (const char* compared : {"=", "==", "<>", "<", "<=", ">", ">=", "is", "is not", "like", "glob"})
            for (const std::string& value : values) {
                world.compare(fmt::format("select position from kinds_listed where {} {} {} order by position", column,
                                          compared, value));
                world.compare(
                    fmt::format("select {0}, count(*) from kinds_listed where {0} {1} {2} group by 1 order by 1",
                                column, compared, value));
            }
    for (const char* column : {"type", "schema_version", "category", "position", "stream"})
        for (const std::string& value : values)
            for (const char* compared : {"=", "<", "is"})
                world.compare(fmt::format("select position from events where {} {} {} order by position", column,
                                          compared, value));
}

TEST_CASE("sql answers: lists, rows of values, collations and places that are not there") {
    std::mt19937_64 random{11};
    copied_world world{random, 250, std::size_t{1} << 20U};
    for (const char* where :
         {"text in ('a', 'b')",
          "text in (5, 'a')",
          "text in ()",
          "text in (null)",
          "text in (null, 'a')",
          "text not in ('a', 'b')",
          "text not in ('a', null)",
          "small in ('1', 2)",
          "small in (1.0, 2.5)",
          "schema_version in (1, '2')",
          "schema_version in (1, 2.0)",
          "schema_version in ('1')",
          "schema_version = 0",
          "schema_version = 4294967297",
          "schema_version = -1",
          "schema_version in (null, 2)",
          "position in (5, 5, '5', 5.0, 7)",
          "position in (select position from events where position % 50 = 0)",
          "stream in ('even-1', 'even-1', 'odd-2', 'nothing')",
          "category in ('even', 'Even', 5, null)",
          "stream in (select stream from events where position < 5)",
          "stream in ('even-1', 'even-2') and version < 5",
          "(category, version) in (select 'even', 3 union all select 'odd', 2 union all select 'even', 3)",
          "(stream, version) in (select stream, version from events where position < 9)",
          "(text, small) in (values ('a', 1), ('b', 2), ('a', 1))",
          "(position, text) = (5, 'a')",
          "(position, version) > (20, 3)",
          "text = 'A' collate nocase",
          "'A' collate nocase = text",
          "text = 'b' collate rtrim",
          "stream = 'EVEN-1' collate nocase",
          "stream = 'EVEN-a' collate nocase",
          "category in ('EVEN') collate nocase",
          "text between 'a' and 'b'",
          "position between 5 and 5",
          "position between '5' and '20'",
          "recorded_at between '2' and '3'",
          "not (position > 10)",
          "position = 5 or position = 5",
          "position < 5 or text = 'a' or stream = 'even-1'",
          "stream = 'even-1' or stream = 'odd-1' or category = 'odd'",
          "(text = 'a' or small = 1) and version > 2",
          "stream = 'even-1' and stream = 'odd-1'",
          "stream = 'even-1' and category = 'odd'",
          "position > 5 and position > 10 and position < 8",
          "position = 4.5",
          "position > 4.5 and position <= 9.5",
          "position > -4.5",
          "version = 2.5",
          "version >= 1 and stream = 'even-2' and version < '4'",
          "position is null",
          "actor is null",
          "text is 'a'",
          "small = text",
          "text = small",
          "large = small",
          "small = (select max(small) from events join kinds_listed using (position))",
          "flag",
          "not flag",
          "colour = 'GREEN' or colour = 4",
          "colour in ('BLUE', '4')",
          "colour < 'B'",
          "text > 4",
          "small < 'x'",
          "stream = x'6576656E2D31'",
          "recorded_at = 5",
          "recorded_at < x'00'",
          "recorded_at > 5",
          "recorded_at_us > '5'",
          "recorded_at_us = '5'",
          "recorded_at_us < 1e300",
          "position < x'00'",
          "position < 'a'",
          "position > 'a'",
          "position >= null",
          "position = ''",
          "1 = 0",
          "null",
          "exists (select 1 from kinds_listed__numbers n where n.position = kinds_listed.position and value = 3)"}) {
        world.compare(fmt::format("select position, text from kinds_listed where {} order by position", where));
        world.compare(fmt::format("select position from kinds_listed where {} order by position desc", where));
        world.compare(
            fmt::format("select count(*), sum(position), min(text), max(small) from kinds_listed where {}", where));
        world.compare(
            fmt::format("select text, count(*) from kinds_listed where {} group by text order by text", where));
        world.compare(fmt::format("select distinct text, small from kinds_listed where {} order by 1 desc, 2", where));
    }
}

TEST_CASE("sql answers: joins, subqueries, windows and every kind of grouping") {
    std::mt19937_64 random{13};
    copied_world world{random};
    for (const char* statement :
         {"select count(distinct text) from kinds_listed",
          "select count(distinct text), count(*) from kinds_listed",
          "select count(distinct text), count(distinct small) from kinds_listed",
          "select count(distinct maybe), count(maybe) from kinds_listed",
          "select sum(distinct small) from kinds_listed",
          "select text, count(distinct small) from kinds_listed group by text order by text",
          "select text, small, count(*) from kinds_listed group by text, small having count(*) > 3 order by 1, 2",
          "select small, text from kinds_listed order by small, text",
          "select text from kinds_listed order by text desc limit 7 offset 3",
          "select distinct text from kinds_listed order by text limit 20",
          "select distinct text, category from kinds_listed order by 2 desc, 1",
          "select distinct lower(text) from kinds_listed order by 1",
          "select lower(text), count(*) from kinds_listed group by lower(text) order by 1",
          "select text collate nocase, count(*) from kinds_listed group by text collate nocase order by 2, 1 collate "
          "nocase",
          "select text from kinds_listed order by text collate nocase, position",
          "select text from kinds_listed order by text nulls last",
          "select maybe from kinds_listed order by maybe nulls last, position",
          "select maybe from kinds_listed order by maybe desc nulls first",
          "select maybe, small, count(*) from kinds_listed group by maybe, small order by maybe desc, small",
          "select distinct maybe from kinds_listed where small = 1 order by maybe",
          "select min(text), max(text), min(maybe), max(maybe) from kinds_listed",
          "select min(text) from kinds_listed",
          "select max(maybe) from kinds_listed",
          "select min(maybe) from kinds_listed",
          "select max(position) from kinds_listed where text = 'a'",
          "select min(maybe) from kinds_listed where maybe > 0",
          "select max(text) from kinds_listed where small = 2 and text < 'b'",
          "select text, max(position) from kinds_listed group by text order by text",
          "select text, min(position), small from kinds_listed group by text order by text",
          "select raw, count(*) from kinds_listed group by raw order by raw",
          "select fine, count(*) from kinds_listed group by fine order by fine",
          "select large, count(*) from kinds_listed group by large order by large, 2",
          "select large_unsigned, count(*) from kinds_listed group by 1 order by 1",
          "select colour, count(*) from kinds_listed group by colour order by colour",
          "select flag, colour, count(*) from kinds_listed group by 2, 1 order by 1, 2",
          "select a.position, b.position from kinds_listed a join kinds_listed b on a.stream = b.stream and b.version "
          "= a.version + 1 order by 1, 2",
          "select count(*) from kinds_listed a join kinds_listed b on a.text = b.text and a.small < b.small",
          "select count(*) from kinds_listed a join kinds_listed b on a.text = b.small",
          "select count(*) from kinds_listed a join kinds_listed b on a.text = b.large",
          "select count(*) from kinds_listed a join kinds_listed b on a.large_unsigned = b.small",
          "select count(*) from kinds_listed a join kinds_listed b on a.maybe is b.maybe",
          "select count(*) from kinds_listed a, kinds_listed b on a.text = b.text collate nocase",
          "select a.text, count(*) from kinds_listed a join kinds_listed b on a.small = b.small group by a.text order "
          "by 1",
          "select distinct a.text from kinds_listed a join kinds_listed b on a.small = b.small and b.text = '5' order "
          "by 1",
          "select distinct b.text from kinds_listed a join kinds_listed b on a.small = b.small and a.text = '5' order "
          "by 1",
          "select distinct a.text, b.text from kinds_listed a join kinds_listed b using (stream) order by 1, 2",
          "select k.position, n.value from kinds_listed k left join kinds_listed__numbers n using (position) order by "
          "1, n.\"index\"",
          "select k.position from kinds_listed k left join kinds_listed__numbers n on n.position = k.position and "
          "n.value = 3 where n.value is null order by 1",
          "select k.position, n.value from kinds_listed k left join kinds_listed__numbers n on n.position = k.position "
          "and k.text = 'a' order by 1, 2",
          "select n.position, k.text from kinds_listed k right join kinds_listed__numbers n on n.position = k.position "
          "and k.text = 'a' order by 1, 2",
          "select k.position, n.value from kinds_listed k full join kinds_listed__numbers n on n.position = k.position "
          "and n.value > 2 order by 1, 2",
          "select count(*) from kinds_listed k right join kinds_listed__numbers n on n.position = k.position where "
          "k.text = 'a'",
          "select value, count(*) from kinds_listed__numbers group by value order by value",
          "select distinct value from kinds_listed__numbers order by 1",
          "select position, \"index\" from kinds_listed__numbers order by position, \"index\"",
          "select position, \"index\" from kinds_listed__numbers order by position desc, \"index\"",
          "select position, \"index\" from kinds_listed__numbers order by position desc, \"index\" desc",
          "select position, \"index\" from kinds_listed__numbers where value = 1 or \"index\" = 0 or value = 2 order "
          "by 1, 2",
          "select count(*) from kinds_listed__numbers where position = 7 or position = 9 or value = 2",
          "select stream, version from kinds_listed where stream = 'even-1' order by version desc",
          "select stream, version from kinds_listed where stream in ('even-1', 'odd-1') order by version, stream",
          "select stream, version from kinds_listed where stream in ('odd-1', 'even-1') order by stream desc, version",
          "select stream, version from kinds_listed order by stream, version",
          "select version, position from kinds_listed order by version, position",
          "select recorded_at, position from kinds_listed order by recorded_at desc, position desc",
          "select recorded_at, position from kinds_listed order by recorded_at, position",
          "select recorded_at, position from kinds_listed order by recorded_at, position desc",
          "select recorded_at, position from kinds_listed order by recorded_at desc, position",
          "select position, row_number() over (order by position) from kinds_listed order by 1",
          "select position, sum(small) over (partition by text order by position) from kinds_listed order by 1",
          "select position, lag(position) over (partition by stream order by version) from kinds_listed order by 1",
          "select position, rank() over (order by text), count(*) over (partition by category) from kinds_listed order "
          "by 1",
          "select text, count(*) over () from kinds_listed order by text",
          "select text, row_number() over (order by text) from kinds_listed order by 1, 2",
          "select (select count(*) from kinds_listed b where b.text = a.text and b.position < a.position) from "
          "kinds_listed a order by a.position",
          "select text from kinds_listed union select category from kinds_listed order by 1",
          "select text from kinds_listed except select 'a' order by 1",
          "select text from kinds_listed intersect select text from kinds_listed where small = 1 order by 1",
          "select text from kinds_listed union all select text from kinds_listed order by 1",
          "select * from (select distinct text, small from kinds_listed) order by 1, 2",
          "select count(*) from (select distinct text, small from kinds_listed)",
          "select count(*) from (select text from kinds_listed order by text limit 40)",
          "select t, count(*) from (select text as t, position from kinds_listed order by position limit 40) group by "
          "t order by t",
          "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20) select i, (select text from "
          "kinds_listed where position = i) from n order by i",
          "select e.type, k.text from events e join kinds_listed k using (position) where e.position < 20 order by "
          "e.position",
          "select type, schema_version, count(*) from events group by 1, 2 order by 1, 2",
          "select text from kinds_listed where position = (select max(position) from events)",
          "select count(*) from kinds_listed where small = 1 group by text order by 1",
          "select count(*) from kinds_listed where text = 'none' group by text",
          "select count(*) from kinds_listed where text = 'none'",
          "select category, text from kinds_listed where category = 'even' group by category, text order by 1, 2",
          "select category, text from kinds_listed where category in ('even', 'odd') order by text, category"})
        world.compare(statement);
}

TEST_CASE("property: statements with joins, lists and groups have the answers of plain tables") {
    const std::uint64_t seed = seed_of_this_run();
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    copied_world world{random, 60};
    const std::vector<std::string> names{"position",    "stream",        "category", "version", "schema_version",
                                         "recorded_at", "text",          "small",    "large",   "maybe",
                                         "flag",        "colour",        "raw",      "fine",    "\"part.name\"",
                                         "new_field",   "large_unsigned"};
    const std::vector<std::string> values{"1",      "'1'",     "2",       "5",  "'5'", "'a'", "'A'",   "null",
                                          "'even'", "'odd-1'", "'GREEN'", "20", "'2'", "1.5", "x'61'", "''"};
    const auto name = [&](const char* of) { return of + names[below(names.size())]; };
    const auto condition = [&](const char* of) {
        const std::vector<std::string> compared{"=", "=", "=", "<", ">=", "<>", "is", "is not"};
        if (below(4) == 0)
            return fmt::format("{} in ({}, {})", name(of), values[below(values.size())], values[below(values.size())]);
        return fmt::format("{} {} {}", name(of), compared[below(compared.size())], values[below(values.size())]);
    };
    const auto where = [&](const char* of) {
        std::string all = condition(of);
        for (std::size_t n = below(3); n > 0; --n) all += (below(3) == 0 ? " or " : " and ") + condition(of);
        return all;
    };
    for (int round = 0; round < 3'000; ++round) {
        const std::string one = name("a.");
        const std::string other = name("a.");
        std::string statement;
        switch (below(6)) {
            case 0:
                statement = fmt::format(
                    "select {0}, {1}, count(*) from kinds_listed a where {2} group by {0}, {1} order by 1, 2", one,
                    other, where("a."));
                break;
            case 1:
                statement =
                    fmt::format("select count(*), count(distinct {}) from kinds_listed a where {}", one, where("a."));
                break;
            case 2:
                statement = fmt::format(
                    "select a.position, b.position from kinds_listed a {} join kinds_listed b on {} = {} and {} where "
                    "{} order by 1, 2",
                    below(2) == 0 ? "left" : "", one, name("b."), condition("b."), where("a."));
                break;
            case 3:
                statement = fmt::format(
                    "select distinct {} from kinds_listed a join kinds_listed b on {} = {} where {} order by 1", one,
                    other, name("b."), where("b."));
                break;
            case 4:
                statement = fmt::format(
                    "select a.position from kinds_listed a where {} in (select {} from kinds_listed b where {}) order "
                    "by 1 desc",
                    one, name("b."), where("b."));
                break;
            default:
                statement = fmt::format(
                    "select {0}, {1} from kinds_listed a where {2} order by {0} {3}, {1}, position limit {4}", one,
                    other, where("a."), below(2) == 0 ? "desc" : "", below(30));
                break;
        }
        world.compare(statement);
    }
}
