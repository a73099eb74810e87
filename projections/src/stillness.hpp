#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <utility>

namespace foldline::inline v0 {

/// For how long others have shown the same sign, by the watcher's own clock: what the times of two machines cannot say.
///
/// confined.
template <class Who>
class stillness {
public:
    using sign = std::pair<std::uint64_t, std::uint64_t>;

    /// `now`: not before the sign was read, so that nothing is taken for older than it is.
    std::chrono::nanoseconds of(const Who& who, sign shown, std::chrono::nanoseconds now) {
        const auto [known, is_new] = known_.try_emplace(who, sighting{shown, now, round_});
        sighting& last = known->second;
        if (last.shown != shown) last = {shown, now, round_};
        last.round = round_;
        return now - last.since;
    }

    /// It is new to us if it should come back, also with the sign that it had.
    void forget(const Who& who) { known_.erase(who); }

    /// Ends a round: forgets whoever was not asked about in it.
    void end_round() {
        std::erase_if(known_, [&](const auto& each) { return each.second.round != round_; });
        ++round_;
    }

private:
    struct sighting {
        sign shown;
        std::chrono::nanoseconds since;
        std::uint64_t round;
    };
    std::map<Who, sighting> known_;
    std::uint64_t round_ = 0;
};

}  // namespace foldline::inline v0
