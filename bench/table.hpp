#pragma once

#include "row.hpp"

#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <vector>

namespace foldline_bench {

/// Prints each row as soon as it is measured: a benchmark's counters `ours` and `raw` under its row's name.
class table final : public benchmark::BenchmarkReporter {
public:
    table(const std::vector<row>& rows, const lab& place) : rows_(rows), place_(place) {}

    bool ReportContext(const Context& context) override;
    void ReportRuns(const std::vector<Run>& runs) override;
    void Finalize() override;

    [[nodiscard]] bool failed() const { return failed_; }
    /// Writes the rows as a JSON list of {"name", "ours", "raw", "unit", "ratio"}.
    void write_json(const std::filesystem::path& file) const;

private:
    struct result {
        const row* of;
        standing figures;
    };
    void report(const Run& run);

    const std::vector<row>& rows_;
    const lab& place_;
    std::vector<result> results_;
    bool failed_ = false;
};

}  // namespace foldline_bench
