#pragma once

#include "projection_line.hpp"

#include <foldline/core/event_store.hpp>
#include <foldline/projections/projector.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace foldline::inline v0 {

/// The projections of a projector and the partitions of theirs that it works on, in step with what their files say.
///
/// confined.
class projection_lines {
public:
    projection_lines(const event_store& store, const projector_options& options);

    void add(projection& target, read_model_store& models, const error_policy& policy);
    /// From now on only these partitions are worked on.
    void assign(std::vector<partition_claim> claims);

    /// Reads the files of those that nobody looked at since `look_again`; makes what never ran.
    void look(std::chrono::nanoseconds now);
    /// What `look` found may have changed.
    void look_again();
    void look_again(const projection_line& line) { projections_[line.of].looked = false; }
    /// Forgets what made projections stop.
    void start_over();

    /// Whether the line may be moved on now, by a claim that it has or gets.
    [[nodiscard]] bool has_claim(projection_line& line);

    [[nodiscard]] std::span<projected> projections() { return projections_; }
    [[nodiscard]] std::span<const projected> projections() const { return projections_; }
    [[nodiscard]] const std::vector<std::unique_ptr<projection_line>>& all() const { return lines_; }
    [[nodiscard]] const error_policy& policy_of(const projection_line& line) const {
        return projections_[line.of].policy;
    }
    /// Why nothing at all can be done any more; null as long as something can.
    [[nodiscard]] std::exception_ptr why_all_stopped() const;

private:
    void look(std::size_t index, std::chrono::nanoseconds now);
    [[nodiscard]] projection_state state_of(projected& each);
    void adapt(std::size_t index, const projection_state& state, std::chrono::nanoseconds now);
    void adopt(projection_line& line, const partition_claim& claim);
    void adopt_assigned(projection_line& line, const partition_state& part, std::uint64_t revision);
    void lose(projection_line& line);
    void load_parked(projection_line& line);
    [[nodiscard]] projection_line& line_of(std::size_t index, partition part, std::chrono::nanoseconds now);
    [[nodiscard]] const partition_claim* assigned_to(std::size_t index, partition part) const;

    const event_store& store_;
    const projector_options& options_;
    std::vector<projected> projections_;
    std::vector<std::unique_ptr<projection_line>> lines_;
    std::optional<std::vector<partition_claim>> assigned_;
};

}  // namespace foldline::inline v0
