#pragma once

#include <functional>

#include <sys/types.h>

namespace foldline_tests {

/// A process that runs one function of the test and ends. Nothing of SQLite is open in this process when one is started:
/// SQLite does not survive a fork.
///
/// confined; moves.
class child_process {
public:
    /// The child ends with status 0, or with 9 and a line on stderr when `work` throws.
    explicit child_process(const std::function<void()>& work);
    child_process(child_process&& other) noexcept;
    child_process& operator=(child_process&& other) noexcept;
    /// Kills what still runs.
    ~child_process();

    /// Kills it, and waits until it is gone. False if it had failed before.
    [[nodiscard]] bool kill();
    /// Waits until it ends by itself. Gives whether it ended well.
    [[nodiscard]] bool ends_well();

    /// Asks it to end, as Ctrl-C does.
    void interrupt();
    /// False once it has ended, well or not.
    [[nodiscard]] bool runs() const;
    /// Lets it do nothing, wherever it is, until it is resumed.
    void pause();
    void resume();

private:
    pid_t process_ = 0;
};

}  // namespace foldline_tests
