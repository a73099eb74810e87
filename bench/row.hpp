#pragma once

#include "lab.hpp"
#include "rounds.hpp"

#include <functional>
#include <string>
#include <vector>

namespace foldline_bench {

/// One line of the table.
struct row {
    std::string name;
    unit measured;
    double raw_on_record;                  ///< raw's figure of the design's own measurements; 0 where there is none
    std::string raw_is;                    ///< what the raw program does
    std::function<contest(lab&)> prepare;  ///< runs before the rounds, unmeasured
    stands_for standing = stands_for::best_round;
};

std::vector<row> append_rows();
std::vector<row> caller_rows();
std::vector<row> instruction_rows();
std::vector<row> replay_rows();
std::vector<row> load_rows();
std::vector<row> projection_rows();
std::vector<row> document_rows();
std::vector<row> memory_rows();
std::vector<row> ten_rows();
std::vector<row> rebuild_rows();
std::vector<row> visible_rows();
std::vector<row> notify_rows();
std::vector<row> bytes_rows();
std::vector<row> upcast_rows();
std::vector<row> schema_rows();
std::vector<row> sql_rows();
/// How many events these are of depends on the effort, and stands in what they say.
std::vector<row> rebuild_memory_rows(const effort& how_much);
std::vector<row> growth_rows(const effort& how_much);

}  // namespace foldline_bench
