CREATE EXTERNAL TABLE `config`.`history` (
  `fileversion` string,
  `configsnapshotid` string,
  `configurationitems` array<struct<configurationitemversion:string,configurationitemcapturetime:string,configurationitemdeliverytime:string,recordingfrequency:string,configurationstateid:string,awsaccountid:string,awsregion:string,configurationitemstatus:string,resourcetype:string,resourceid:string,resourcename:string,arn:string,resourcecreationtime:string,configuration:string,supplementaryconfiguration:map<string,string>,tags:map<string,string>>>
)
PARTITIONED BY (`account` string, `region` string, `dt` string, `kind` string)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES (
  'case.insensitive' = 'false',
  'ignore.malformed.json' = 'false',
  'mapping.arn' = 'ARN',
  'mapping.awsaccountid' = 'awsAccountId',
  'mapping.awsregion' = 'awsRegion',
  'mapping.configsnapshotid' = 'configSnapshotId',
  'mapping.configurationitemcapturetime' = 'configurationItemCaptureTime',
  'mapping.configurationitemdeliverytime' = 'configurationItemDeliveryTime',
  'mapping.configurationitems' = 'configurationItems',
  'mapping.configurationitemstatus' = 'configurationItemStatus',
  'mapping.configurationitemversion' = 'configurationItemVersion',
  'mapping.configurationstateid' = 'configurationStateId',
  'mapping.fileversion' = 'fileVersion',
  'mapping.recordingfrequency' = 'recordingFrequency',
  'mapping.resourcecreationtime' = 'resourceCreationTime',
  'mapping.resourceid' = 'resourceId',
  'mapping.resourcename' = 'resourceName',
  'mapping.resourcetype' = 'resourceType',
  'mapping.supplementaryconfiguration' = 'supplementaryConfiguration'
)
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat'
LOCATION 's3://deliveries/org/AWSLogs/'
TBLPROPERTIES (
  'projection.account.type' = 'injected',
  'projection.dt.format' = 'yyyy/M/d',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'projection.dt.range' = '2014/11/1,NOW',
  'projection.dt.type' = 'date',
  'projection.enabled' = 'true',
  'projection.kind.type' = 'enum',
  'projection.kind.values' = 'ConfigHistory,ConfigSnapshot',
  'projection.region.type' = 'injected',
  'storage.location.template' = 's3://deliveries/org/AWSLogs/${account}/Config/${region}/${dt}/${kind}/'
)
