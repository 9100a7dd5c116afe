import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  applyPatchTool,
  codeInterpreterTool,
  computerTool,
  fileSearchTool,
  hostedMcpTool,
  imageGenerationTool,
  shellTool,
  webSearchTool,
} from 'agents-wasm';

test('hosted tools have the wire names of the options that the SDK has', () => {
  assert.deepEqual(webSearchTool({ filters: { allowedDomains: ['a.b'] }, searchContextSize: 'low' }).providerData, {
    type: 'web_search',
    filters: { allowed_domains: ['a.b'] },
    search_context_size: 'low',
  });
  assert.deepEqual(fileSearchTool('vs_1', { maxNumResults: 3, rankingOptions: { scoreThreshold: 0.5 } }).providerData, {
    type: 'file_search',
    vector_store_ids: ['vs_1'],
    max_num_results: 3,
    ranking_options: { score_threshold: 0.5 },
  });
  assert.deepEqual(codeInterpreterTool().providerData, { type: 'code_interpreter', container: { type: 'auto' } });
  assert.deepEqual(imageGenerationTool({ outputFormat: 'png', inputImageMask: { fileId: 'f' } }).providerData, {
    type: 'image_generation',
    output_format: 'png',
    input_image_mask: { file_id: 'f' },
  });
  const headers = { 'X-myHeader': '1' };
  const mcp = { serverLabel: 's', serverUrl: 'https://x', headers, allowedTools: { toolNames: ['a'] } };
  assert.deepEqual(hostedMcpTool(mcp).providerData, {
    type: 'mcp',
    require_approval: 'never',
    server_label: 's',
    server_url: 'https://x',
    headers,
    allowed_tools: { tool_names: ['a'] },
  });
  assert.deepEqual(shellTool({ environment: { type: 'local' } }).providerData, {
    type: 'shell',
    environment: { type: 'local' },
  });
  assert.deepEqual([applyPatchTool().providerData.type, computerTool().providerData.type], ['apply_patch', 'computer']);
});
