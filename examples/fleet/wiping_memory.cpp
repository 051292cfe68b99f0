/// @file
/// Memory of C++ is wiped when it is given back, in this program: an inventory
/// passes through a parser that knows nothing of secrets, and leaves passwords
/// where it was.

#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace {

void* take(std::size_t size) {
  for (;;) {
    if (auto* result = std::malloc(size > 0 ? size : 1))
      return result;
    auto handler = std::get_new_handler();
    if (handler == nullptr)
      throw std::bad_alloc{};
    handler();
  }
}

void give_back(void* memory) noexcept {
  if (memory == nullptr)
    return;
  explicit_bzero(memory, malloc_usable_size(memory));
  std::free(memory);
}

} // namespace

void* operator new(std::size_t size) {
  return take(size);
}

void* operator new[](std::size_t size) {
  return take(size);
}

void operator delete(void* memory) noexcept {
  give_back(memory);
}

void operator delete[](void* memory) noexcept {
  give_back(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}

void operator delete[](void* memory, std::size_t) noexcept {
  give_back(memory);
}
