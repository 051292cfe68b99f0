#include "tieline/transports/ssh/config_store.hpp"

#include "tieline/transports/ssh/config/files.hpp"
#include "tieline/transports/ssh/config/shell.hpp"
#include "tieline/transports/ssh/library_algorithms.hpp"

#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace tieline::ssh {

namespace {

host_config config_not_read(const std::string& why) {
  return {{}, why, errc::transport_failed, {}};
}

/// A list of files. Used by one job at a time.
class watched_files {
public:
  watched_files(std::vector<std::string> paths, bool exec)
    : files_(std::move(paths), surroundings_with(exec)) {
    // nop
  }

  host_config find(const config::query& asked) {
    if (files_.refresh()) {
      told_.clear();
      untold_ = config::unsupported_in(files_);
    }
    host_config result;
    auto wrong = files_.wrong();
    if (!wrong)
      wrong = evaluate(files_.files(), asked, files_.here(),
                       library_algorithms(), result.says);
    if (wrong) {
      result.error = to_string(wrong);
      return result;
    }
    result.notices = std::exchange(untold_, {});
    for (const auto& x : result.says.missing_algorithms)
      if (auto text = to_string(x) + " is not available here";
          told_.insert(text).second)
        result.notices.push_back(std::move(text));
    return result;
  }

  void give_back(const std::vector<std::string>& notices) {
    untold_.insert(untold_.end(), notices.begin(), notices.end());
  }

private:
  static config::surroundings surroundings_with(bool exec) {
    auto result = config::own_surroundings();
    if (exec)
      result.exec = config::run_in_shell;
    return result;
  }

  config::file_set files_;
  /// What is to be told of the files, to whoever asks first.
  std::vector<std::string> untold_;
  /// What was told of algorithms since the files were read.
  std::set<std::string> told_;
};

std::string group_of(const std::vector<std::string>& paths, bool exec) {
  std::string result{exec ? "exec" : "no exec"};
  for (const auto& x : paths)
    result += '\n' + x;
  return result;
}

} // namespace

class config_store::all_files {
public:
  std::shared_ptr<watched_files> at(const std::vector<std::string>& paths,
                                    bool exec) {
    std::lock_guard guard{mutex_};
    auto& result = all_[group_of(paths, exec)];
    if (!result)
      result = std::make_shared<watched_files>(paths, exec);
    return result;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<watched_files>> all_;
};

config_store::config_store()
  : files_(std::make_shared<all_files>()),
    workers_(1) {
  // nop
}

void config_store::find(std::vector<std::string> paths, bool exec,
                        config::query asked, caf::actor_addr asker,
                        std::function<void(const host_config&)> done) {
  workers_.ask(
    group_of(paths, exec), std::move(asker),
    [file = files_->at(paths, exec), asked = std::move(asked)] {
      return file->find(asked);
    },
    config_not_read, std::move(done));
}

void config_store::give_back(std::vector<std::string> paths, bool exec,
                             std::vector<std::string> notices) {
  workers_.run({group_of(paths, exec), [] { return true; },
                [file = files_->at(paths, exec), notices = std::move(notices)] {
                  file->give_back(notices);
                },
                [] {}, [](const std::string&) {}});
}

} // namespace tieline::ssh
