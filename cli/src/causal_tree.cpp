#include "causal_tree.hpp"

#include <foldline/core/uuid.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

/// As many events of one command are looked at.
constexpr std::size_t enough_effects = 64;

/// Ids of a command's events are made of its own: that tells a command from an event that is not there. `first` is the
/// first of what followed from it.
bool is_command(const std::string& cause, const traced_event& first, std::size_t effects) {
    const auto id = uuid::parse(cause);
    if (!id) return false;
    for (std::uint64_t at = 0; at < std::min(effects, enough_effects); ++at)
        if (first.id == event_id_of(command_id{*id}, at).to_string()) return true;
    return false;
}

class planter {
public:
    explicit planter(const std::vector<traced_event>& events)
        : events_(events), effects_(events.size()), is_drawn_(events.size()) {
        std::unordered_map<std::string, std::size_t> places;
        for (std::size_t at = 0; at < events.size(); ++at) places.emplace(events[at].id, at);
        for (std::size_t at = 0; at < events.size(); ++at) {
            const auto cause = places.find(events[at].cause);
            if (cause != places.end()) effects_[cause->second].push_back(at);
            else add_root(at);
        }
    }

    std::vector<tree_line> plant() {
        for (const root& each : roots_) draw_below(each);
        // What no root leads to has an effect for its cause.
        for (std::size_t at = 0; at < events_.size(); ++at)
            if (!is_drawn_[at]) draw(branch::cycle, {at}, 0);
        return std::move(lines_);
    }

private:
    struct pending {
        std::size_t event;
        branch how;
        std::size_t depth;
        bool is_last;
    };

    /// Events of one cause that is none of the others; or one that names no cause.
    struct root {
        std::string cause;
        std::vector<std::size_t> effects;
    };

    void add_root(std::size_t at) {
        const std::string& cause = events_[at].cause;
        const auto known = cause.empty() ? root_of_.end() : root_of_.find(cause);
        if (known != root_of_.end()) return roots_[known->second].effects.push_back(at);
        if (!cause.empty()) root_of_.emplace(cause, roots_.size());
        roots_.push_back({cause, {at}});
    }

    void draw_below(const root& top) {
        if (top.cause.empty()) return draw(branch::first, top.effects, 0);
        const bool is_known = is_command(top.cause, events_[top.effects.front()], top.effects.size());
        lines_.push_back({is_known ? branch::command : branch::missing, 0, nullptr, top.cause, top.effects.size()});
        draw(branch::effect, top.effects, 1);
    }

    /// Without recursion: a chain of causes may be as long as the log.
    void draw(branch how, const std::vector<std::size_t>& siblings, std::size_t depth) {
        std::vector<pending> left;
        push(left, how, siblings, depth);
        while (!left.empty()) {
            const pending next = left.back();
            left.pop_back();
            const auto& effects = effects_[next.event];
            const bool was_drawn = is_drawn_[next.event];
            is_drawn_[next.event] = true;
            lines_.push_back({was_drawn ? branch::again : next.how, next.depth, &events_[next.event], "",
                              was_drawn ? 0 : effects.size(), next.is_last});
            if (!was_drawn) push(left, branch::effect, effects, next.depth + 1);
        }
    }

    /// The first one on top.
    static void push(std::vector<pending>& left, branch how, const std::vector<std::size_t>& siblings,
                     std::size_t depth) {
        for (auto each = siblings.rbegin(); each != siblings.rend(); ++each)
            left.push_back({*each, how, depth, each == siblings.rbegin()});
    }

    const std::vector<traced_event>& events_;
    std::vector<std::vector<std::size_t>> effects_;
    std::vector<bool> is_drawn_;
    std::vector<root> roots_;                               // in the order of the log
    std::unordered_map<std::string, std::size_t> root_of_;  // by cause
    std::vector<tree_line> lines_;
};

}  // namespace

std::vector<tree_line> tree_of(const std::vector<traced_event>& events) { return planter{events}.plant(); }

}  // namespace foldline::inline v0::cli
