/** The lines of an `application/x-ndjson` answer as they come. */
export async function* jsonLines<Line>(response: Response): AsyncGenerator<Line> {
  // Not every browser can iterate over a stream.
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (rest + read.value).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Line;
  }
  if (rest !== '') yield JSON.parse(rest) as Line;
}
