WITH files AS (
  SELECT account, region, kind, "$path" AS path, filter(configurationitems, i -> i.resourcetype IS NULL OR i.resourcetype IN ('AWS::KMS::Key', 'AWS::S3::Bucket') OR i.resourcetype = 'AWS::Config::ResourceCompliance' AND split_part(i.resourceid, '/', 1) IN ('AWS::KMS::Key', 'AWS::S3::Bucket')) AS items
  FROM "config"."history"
  WHERE kind = 'ConfigHistory' AND account IN ('012345678901', '111122223333') AND region IN ('eu-west-1', 'us-east-1') AND dt IN ('2026/6/29', '2026/6/30', '2026/7/1', '2026/7/2', '2026/7/3', '2026/7/4', '2026/7/5', '2026/7/6', '2026/7/7', '2026/7/8', '2026/7/9', '2026/7/10', '2026/7/11', '2026/7/12', '2026/7/13', '2026/7/14', '2026/7/15', '2026/7/16', '2026/7/17', '2026/7/18', '2026/7/19', '2026/7/20', '2026/7/21', '2026/7/22', '2026/7/23', '2026/7/24', '2026/7/25', '2026/7/26', '2026/7/27', '2026/7/28', '2026/7/29', '2026/7/30', '2026/7/31', '2026/8/1', '2026/8/2', '2026/8/3', '2026/8/4', '2026/8/5', '2026/8/6', '2026/8/7', '2026/8/8', '2026/8/9', '2026/8/10', '2026/8/11', '2026/8/12', '2026/8/13', '2026/8/14', '2026/8/15', '2026/8/16', '2026/8/17', '2026/8/18', '2026/8/19', '2026/8/20', '2026/8/21', '2026/8/22', '2026/8/23', '2026/8/24', '2026/8/25', '2026/8/26', '2026/8/27', '2026/8/28', '2026/8/29', '2026/8/30', '2026/8/31', '2026/9/1', '2026/9/2', '2026/9/3', '2026/9/4', '2026/9/5', '2026/9/6', '2026/9/7', '2026/9/8', '2026/9/9', '2026/9/10', '2026/9/11', '2026/9/12', '2026/9/13', '2026/9/14', '2026/9/15', '2026/9/16', '2026/9/17', '2026/9/18', '2026/9/19', '2026/9/20', '2026/9/21', '2026/9/22', '2026/9/23', '2026/9/24', '2026/9/25', '2026/9/26', '2026/9/27', '2026/9/28', '2026/9/29', '2026/9/30', '2026/10/1', '2026/10/2')
  UNION ALL
  SELECT account, region, kind, "$path" AS path, filter(configurationitems, i -> i.resourcetype IS NULL OR i.resourcetype IN ('AWS::KMS::Key', 'AWS::S3::Bucket') OR i.resourcetype = 'AWS::Config::ResourceCompliance' AND split_part(i.resourceid, '/', 1) IN ('AWS::KMS::Key', 'AWS::S3::Bucket')) AS items
  FROM "config"."history"
  WHERE kind = 'ConfigSnapshot' AND account IN ('012345678901', '111122223333') AND region IN ('eu-west-1', 'us-east-1') AND dt IN ('2026/6/28', '2026/6/29', '2026/6/30', '2026/7/1')
), items AS (
  SELECT files.account, files.region, files.kind, files.path, one[1].configurationitemversion AS version, one[1].configurationitemcapturetime AS captured, one[1].configurationitemdeliverytime AS delivered, one[1].recordingfrequency AS frequency, one[1].configurationstateid AS state_id, one[1].awsaccountid AS item_account, one[1].awsregion AS item_region, one[1].configurationitemstatus AS status, one[1].resourcetype AS resource_type, one[1].resourceid AS resource_id, one[1].resourcename AS resource_name, one[1].arn AS arn, one[1].resourcecreationtime AS created, one[1].configuration AS configuration, json_format(CAST(one[1].supplementaryconfiguration AS JSON)) AS supplementary, json_format(CAST(one[1].tags AS JSON)) AS tags
  FROM files CROSS JOIN UNNEST(transform(files.items, i -> ARRAY[i])) AS each_item (one)
), different AS (
  SELECT account, region, version, captured, delivered, frequency, state_id, item_account, item_region, status, resource_type, resource_id, resource_name, arn, created, configuration, supplementary, tags, min(path) AS path, count_if(kind = 'ConfigHistory') AS copies, try(from_iso8601_timestamp(captured)) AS moment
  FROM items
  GROUP BY account, region, version, captured, delivered, frequency, state_id, item_account, item_region, status, resource_type, resource_id, resource_name, arn, created, configuration, supplementary, tags
), ranked AS (
  SELECT *, rank() OVER (PARTITION BY account, region, resource_type, resource_id, moment < from_iso8601_timestamp('2026-07-01T00:00:00.000Z') ORDER BY moment DESC) AS place
  FROM different
)
SELECT account, region, version, captured, delivered, frequency, state_id, item_account, item_region, status, resource_type, resource_id, resource_name, arn, created, configuration, supplementary, tags, path, copies, count(*) OVER () AS total
FROM ranked
WHERE moment IS NULL OR moment >= from_iso8601_timestamp('2026-07-01T00:00:00.000Z') AND moment < from_iso8601_timestamp('2026-10-01T00:00:00.000Z') OR moment < from_iso8601_timestamp('2026-07-01T00:00:00.000Z') AND place = 1
ORDER BY account, region, resource_type, resource_id, moment, state_id, version, captured, delivered, frequency, item_account, item_region, status, resource_name, arn, created, configuration, supplementary, tags
