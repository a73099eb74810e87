#include "reports/top_sellers.hpp"

#include "cli/fail.hpp"
#include "cli/shop_store.hpp"
#include "cli/verbs.hpp"
#include "domain/money.hpp"

#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/numbers.hpp>
#include <foldline/cli/table.hpp>
#include <foldline/cli/terminal.hpp>
#include <foldline/cli/terminal_progress.hpp>
#include <foldline/projections/projection_runner.hpp>
#include <foldline/projections/projector.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace shop {
namespace {

namespace cli = foldline::cli;

using live_board = foldline::memory_projection<sales_board>;

/// How soon an interrupt is noticed.
constexpr std::chrono::milliseconds moment{200};

/// What is on the screen.
struct picture {
    std::vector<seller> sellers;
    foldline::global_position at;
};

picture picture_of(const live_board& board, std::size_t most) {
    return board.read([&](const sales_board& sold, foldline::global_position at) {
        return picture{sold.best(most), at};
    });
}

void print_for_people(const picture& shown) {
    cli::table table{{{"STOCK CODE"}, {"DESCRIPTION"}, {"UNITS", cli::align::right}, {"REVENUE", cli::align::right}}};
    for (const seller& each : shown.sellers)
        table.add(
            {each.stock_code, each.description, cli::grouped(each.units), money::from_e4(each.revenue_e4).to_string()});
    table.print(stdout);
    fmt::print("after event {}\n", cli::grouped(shown.at.value));
}

void print_json(const picture& shown) {
    auto objects = nlohmann::ordered_json::array();
    for (const seller& each : shown.sellers)
        objects.push_back({{"stock_code", each.stock_code},
                           {"description", each.description},
                           {"units", each.units},
                           {"revenue", money::from_e4(each.revenue_e4).to_string()}});
    fmt::print("{}\n", objects.dump(2, ' ', true));
}

/// A terminal shows one picture in the place of the other; elsewhere they come one after the other.
void paint(const picture& shown) {
    constexpr std::string_view to_the_top_of_an_empty_screen = "\x1b[H\x1b[2J";
    fmt::print("{}", cli::is_terminal(stdout) ? to_the_top_of_an_empty_screen : std::string_view{});
    print_for_people(shown);
    if (!cli::is_terminal(stdout)) fmt::print("\n");
    std::fflush(stdout);
}

/// Rung by one thread, heard by another.
class bell {
public:
    void ring() {
        {
            const std::scoped_lock lock{mutex_};
            is_rung_ = true;
        }
        rung_.notify_one();
    }

    /// Waits for a ring since the last call; not for long.
    void wait() {
        std::unique_lock lock{mutex_};
        rung_.wait_for(lock, moment, [&] { return is_rung_; });
        is_rung_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable rung_;
    bool is_rung_ = false;
};

/// No event is left out of a board: what cannot be applied ends it.
foldline::projector_options board_options() {
    foldline::projector_options options;
    options.on_failure = foldline::error_policy::stop();
    options.batch = foldline::batch_limit{10'000};
    options.read_ahead = true;
    return options;
}

void fold_everything(const shop_store& shop, foldline::projector& projector) {
    const foldline::global_position head = shop.events.head();
    cli::terminal_progress progress{"Reading", "events"};
    while (projector.run_batch()) {
        if (cli::is_interrupted()) throw cli::interrupted("stopped; nothing was changed");
        progress.show(static_cast<std::uint64_t>(projector.position().value), static_cast<std::uint64_t>(head.value));
    }
    if (projector.position() < head)
        throw std::runtime_error(fmt::format("the events could be read up to {} of {} only: {}",
                                             cli::grouped(projector.position().value), cli::grouped(head.value),
                                             projector.status().front().error));
}

int print_once(const top_request& request, const shop_store& shop, const live_board& board,
               foldline::projector& projector) {
    fold_everything(shop, projector);
    const picture shown = picture_of(board, request.most);
    if (request.output == output::json) print_json(shown);
    else print_for_people(shown);
    return exit_code::ok;
}

int follow(const top_request& request, shop_store& shop, live_board& board, foldline::projector& projector) {
    const auto changed = std::make_shared<bell>();
    const auto connection = board.changes().connect([changed](foldline::global_position) { changed->ring(); });
    shop.listen();
    foldline::projection_runner runner{projector, shop.commits()};
    // The first picture is that of everything, not of the first batch.
    const foldline::global_position head = shop.events.head();
    while (!cli::is_interrupted() && !runner.wait_until(head, moment)) {}
    for (std::optional<std::vector<seller>> painted; !cli::is_interrupted() && runner.running(); changed->wait()) {
        const picture now = picture_of(board, request.most);
        if (painted == now.sellers) continue;
        paint(now);
        painted = now.sellers;
    }
    // Throws what has ended the runner.
    if (!runner.running()) static_cast<void>(runner.wait_until(shop.events.head(), {}));
    return cli::is_terminated() ? exit_code::ok : exit_code::interrupted;
}

}  // namespace

int run(const top_request& request) {
    shop_store shop{request.store, foldline::sqlite::open_mode::read_only};
    const auto board = top_sellers();
    foldline::projector projector{shop.events, board->models(), *board, board_options()};
    cli::catch_interrupts();
    return request.follow ? follow(request, shop, *board, projector) : print_once(request, shop, *board, projector);
}

}  // namespace shop
